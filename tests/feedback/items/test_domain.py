"""Giving feedback in somebody else's transaction, as sources and imports do."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items.domain import give_with_locks
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.schemas import NewFeedback
from services.feedback.models import Feedback
from shared.auth import Caller
from shared.clock import now
from shared.db import WAKES
from shared.ids import new_id
from shared.outbox import Outbox
from tests.feedback.examples import a_trust, something_said, tell
from tests.fixtures.clients import ServiceClient


@pytest.fixture
def tools(service: ServiceClient) -> IntakeTools:
    """The tools of the running service."""
    return service.part(IntakeTools)


def of_a_source(source_id: UUID | None = None) -> Origin:
    """The origin of what a source sends."""
    return Origin(None, new_id(), source_id or new_id(), now())


def new_feedback(trust_id: UUID, **fields: Any) -> NewFeedback:
    """Something said about a trust."""
    return NewFeedback.model_validate(something_said(trust_id) | fields)


async def count_of_events(session: AsyncSession, feedback: Feedback) -> int:
    """How many events are saved of a piece of feedback."""
    counted = select(func.count()).where(Outbox.aggregate_id == feedback.id)
    return await session.scalar(counted) or 0


async def test_it_is_stored_with_its_event_and_its_code(
    session: AsyncSession, tools: IntakeTools, trust_id: UUID
) -> None:
    origin = of_a_source()
    feedback, outcome = await give_with_locks(
        session, new_feedback(trust_id, external_id="1"), origin=origin, tools=tools
    )
    assert outcome == "new"
    assert (feedback.source_id, feedback.sender_id) == (origin.source_id, origin.organisation_id)
    assert (feedback.client_id, feedback.received_at) == (None, origin.received_at)
    assert feedback.reply_ref == tools.codes.ref_of(tools.codes.code_of(feedback.reply_code_id))
    assert (feedback.version, await count_of_events(session, feedback)) == (1, 1)
    assert session.info[WAKES]


async def test_the_same_again_changes_nothing_and_other_content_is_a_revision(
    session: AsyncSession, tools: IntakeTools, trust_id: UUID
) -> None:
    origin = of_a_source()
    said = new_feedback(trust_id, external_id="1")
    first, _ = await give_with_locks(session, said, origin=origin, tools=tools)
    same, outcome = await give_with_locks(session, said, origin=origin, tools=tools)
    assert (same.id, same.version, outcome) == (first.id, 1, "repeat")
    other = new_feedback(
        trust_id, external_id="1", text="Worse.", urgent=True, demographics={"sex": "female"}
    )
    for _ in range(2):
        revised, _ = await give_with_locks(session, other, origin=origin, tools=tools)
    await session.flush()
    assert (revised.id, revised.revision, revised.version, revised.urgent) == (first.id, 2, 3, True)
    assert await count_of_events(session, revised) == 3


async def test_what_one_source_calls_by_an_id_is_not_what_another_does(
    session: AsyncSession, tools: IntakeTools, trust_id: UUID
) -> None:
    new = new_feedback(trust_id, external_id="1")
    one, two = [await give_with_locks(session, new, origin=of_a_source(), tools=tools) for _ in range(2)]
    assert one.feedback.id != two.feedback.id


async def test_the_last_words_under_one_id_stand(
    session: AsyncSession, tools: IntakeTools, trust_id: UUID
) -> None:
    origin = of_a_source()
    given = [
        await give_with_locks(
            session, new_feedback(trust_id, external_id="1", text=words), origin=origin, tools=tools
        )
        for words in ("Good.", "Bad.", "Good.")
    ]
    assert [each.outcome for each in given] == ["new", "revision", "revision"]
    assert (given[2].feedback.text, given[2].feedback.revision) == ("Good.", 3)


async def test_a_body_hears_that_words_which_it_read_are_about_another_now(
    service: ServiceClient, session: AsyncSession, tools: IntakeTools, trust_id: UUID
) -> None:
    origin, other = of_a_source(), a_trust()
    await tell(service, other)
    other_trust_id = other.organisation_id
    for about in (trust_id, other_trust_id, other_trust_id):
        said = new_feedback(about, external_id="1", text=f"About {about}.")
        feedback, _ = await give_with_locks(session, said, origin=origin, tools=tools)
    await session.flush()
    saved = select(Outbox).where(Outbox.aggregate_id == feedback.id).order_by(Outbox.sequence)
    told = [(each.type, json.loads(each.body)["data"]) for each in await session.scalars(saved)]
    assert [(name, data["organisations"]) for name, data in told] == [
        ("feedback.received.v1", [str(trust_id)]),
        ("feedback.revised.v1", [str(other_trust_id)]),
        ("feedback.moved.v1", [str(trust_id)]),
    ]
    assert (told[-1][1]["footprint_id"], told[-1][1]["footprints"]) == (None, [])
    # Who sent it deletes nothing.
    assert [data["sender_id"] is None for _, data in told] == [False, False, True]


def test_feedback_comes_from_somewhere() -> None:
    client, body, source = new_id(), new_id(), new_id()
    assert Origin(client, body, source, now()).id == source
    assert Origin(client, body, None, now()).id == client
    assert Origin(None, body, None, now()).id == body
    with pytest.raises(ValueError, match="comes from"):
        _ = Origin.from_client(Caller()).id
