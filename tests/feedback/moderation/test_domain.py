"""Each guard of moderation, and what each step changes and tells."""

from typing import cast

import pytest
from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.errors import (
    AlreadyErased,
    AlreadyPublished,
    AlreadyWithdrawn,
    ComplaintNeverPublished,
    PublishNotPermitted,
    ReasonRequired,
)
from services.feedback.models import Feedback
from services.feedback.moderation import domain
from services.feedback.moderation.rights import BY_CONTRIBUTOR
from services.feedback.moderation.schemas import ChosenTheme, Moderation
from shared.auth import Actor, Caller
from shared.change_request import AttributedEditRequest
from shared.clock import now
from shared.idempotency import OnceGuard
from shared.ids import new_id
from shared.versions import Wanted

MODERATOR = Caller(client_id=new_id(), organisation_id=new_id())
PUBLISH = Moderation(action="publish")
WITHHOLD = Moderation(action="withhold", reason="It names a neighbour.")


def some_feedback(**fields: object) -> Feedback:
    """Feedback that may be published."""
    known: dict[str, object] = {
        "id": new_id(),
        "version": 1,
        "kind": "comment",
        "state": "received",
        "text": "Ask Mr Smith.",
        "answers": [{"text": "Good."}, {"score": 3}],
        "permissions": {"publish": "yes"},
        "organisation_ids": [],
        "footprint_id": None,
        "source_id": None,
        "reply_ref": "r",
        "urgent": False,
        "demonstration": False,
        "revision": 1,
        "received_at": now(),
        "themes": [],
    }
    return Feedback(**known | fields)


def editing(session: AsyncSession) -> AttributedEditRequest:
    """What a moderator asks with."""
    return AttributedEditRequest(
        session=session,
        caller=MODERATOR,
        actor=Actor("jd-17", "moderator"),
        once=cast(OnceGuard, None),
        response=Response(),
        version=Wanted(1),
    )


def recorded_types(session: AsyncSession) -> list[str]:
    """The types of the events that were recorded, without those for the audit."""
    recorded = [event.type for event in session.new if hasattr(event, "sequence")]
    return [each for each in recorded if each != "feedback.handled.v1"]


@pytest.mark.parametrize("kind", ["complaint"])
async def test_a_complaint_is_never_published(session: AsyncSession, kind: str) -> None:
    feedback = some_feedback(kind=kind)
    with pytest.raises(ComplaintNeverPublished):
        await domain.moderate(editing(session), feedback, PUBLISH)
    assert (feedback.state, feedback.moderated_at, recorded_types(session)) == ("received", None, [])


@pytest.mark.parametrize("permissions", [{}, {"publish": "no"}, {"publish": "not_asked"}])
async def test_only_permission_publishes(session: AsyncSession, permissions: dict[str, str]) -> None:
    with pytest.raises(PublishNotPermitted):
        await domain.moderate(editing(session), some_feedback(permissions=permissions), PUBLISH)


async def test_it_is_published_once(session: AsyncSession) -> None:
    with pytest.raises(AlreadyPublished):
        await domain.moderate(editing(session), some_feedback(state="published"), PUBLISH)


async def test_withholding_needs_a_reason(session: AsyncSession) -> None:
    with pytest.raises(ReasonRequired) as refused:
        await domain.moderate(editing(session), some_feedback(), Moderation(action="withhold"))
    assert refused.value.errors[0].pointer == "/reason"


async def test_publishing_keeps_masked_words_for_the_search_and_says_who_did_it(
    session: AsyncSession,
) -> None:
    feedback = some_feedback()
    await domain.moderate(editing(session), feedback, PUBLISH)
    assert (feedback.state, feedback.published_text) == ("published", "Ask Mr [name].\nGood.")
    assert (feedback.moderated_by, feedback.moderated_by_id) == ("jd-17", MODERATOR.organisation_id)
    assert (feedback.read_at, feedback.version) == (feedback.moderated_at, 2)
    assert recorded_types(session) == ["feedback.published.v1"]


async def test_what_is_published_can_be_withheld(session: AsyncSession) -> None:
    feedback = some_feedback(state="published", published_text="Ask.")
    await domain.moderate(editing(session), feedback, WITHHOLD)
    assert (feedback.state, feedback.published_text) == ("withheld", None)
    assert feedback.withheld_reason == "It names a neighbour."
    assert recorded_types(session) == ["feedback.withheld.v1"]


async def test_marking_urgent_tells_once(session: AsyncSession) -> None:
    feedback = some_feedback()
    for _ in range(2):
        await domain.moderate(editing(session), feedback, Moderation(action="mark_urgent"))
    assert (feedback.urgent, feedback.state, recorded_types(session)) == (
        True,
        "received",
        ["feedback.urgent.v1"],
    )


def test_reading_tells_once(session: AsyncSession) -> None:
    feedback = some_feedback()
    for _ in range(2):
        domain.record_read(editing(session), feedback)
    assert recorded_types(session) == ["feedback.read.v1"]


async def test_a_persons_labels_replace_those_before(session: AsyncSession) -> None:
    feedback = some_feedback(themes=[{"code": "parking", "by": "sender"}])
    chosen = ChosenTheme(code="discharge", polarity="negative")
    await domain.label_feedback(editing(session), feedback, [chosen])
    assert feedback.themes == [{"code": "discharge", "polarity": "negative", "by": "person"}]
    assert recorded_types(session) == ["feedback.themed.v1"]


@pytest.mark.parametrize(("state", "refusal"), [("withdrawn", AlreadyWithdrawn), ("erased", AlreadyErased)])
async def test_what_is_gone_stays_gone(
    session: AsyncSession, state: str, refusal: type[AlreadyErased | AlreadyWithdrawn]
) -> None:
    feedback = some_feedback(state=state)
    with pytest.raises(refusal):
        domain.record_read(editing(session), feedback)
    with pytest.raises(refusal):
        await domain.label_feedback(editing(session), feedback, [])
    with pytest.raises(refusal):
        await domain.withdraw(session, feedback, BY_CONTRIBUTOR)
    with pytest.raises(refusal):
        await domain.moderate(editing(session), feedback, PUBLISH)
