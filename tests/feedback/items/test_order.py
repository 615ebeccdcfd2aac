"""Words under one external id stand in the order in which they were received, in whatever order they come."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items import queries
from services.feedback.items.domain import GivenFeedback, give_with_locks
from services.feedback.items.intake import IntakeTools, Origin
from services.feedback.items.schemas import NewFeedback
from services.feedback.models import Feedback, Revision
from services.feedback.moderation.domain import withdraw
from services.feedback.moderation.rights import BY_CONTRIBUTOR
from shared.clock import now
from shared.ids import new_id
from shared.outbox import Outbox
from tests.feedback.examples import ClientOf, give_feedback, moderate_feedback, something_said
from tests.fixtures.clients import ServiceClient

BEGAN = now().replace(microsecond=0)


class Words(NamedTuple):
    """Words, and how many seconds after the first they were received."""

    text: str
    second: int
    fields: Mapping[str, Any] = MappingProxyType({})


class Giver:
    """A source that sends words under one external id."""

    def __init__(self, session: AsyncSession, tools: IntakeTools, trust_id: UUID) -> None:
        self.session, self.tools, self.trust_id = session, tools, trust_id
        self.origin = Origin(None, new_id(), new_id(), BEGAN)

    async def give(self, words: Words, position: int = 0) -> GivenFeedback:
        """Store words as if they came now."""
        said = something_said(self.trust_id, external_id="1", text=words.text, **words.fields)
        at = BEGAN + timedelta(seconds=words.second)
        origin = replace(self.origin, received_at=at, position=position)
        new = NewFeedback.model_validate(said)
        given = await give_with_locks(self.session, new, origin=origin, tools=self.tools)
        await self.session.flush()
        return given

    async def earlier(self, feedback: Feedback) -> list[str]:
        """The earlier words, in the order in which they were received."""
        mine = select(Revision).where(Revision.feedback_id == feedback.id)
        found = (await self.session.scalars(mine)).all()
        return [str(each.content["text"]) for each in sorted(found, key=lambda each: str(each.words_at))]


@pytest.fixture
def tools(service: ServiceClient) -> IntakeTools:
    """The tools of the running service."""
    return service.part(IntakeTools)


@pytest.fixture
def giver(session: AsyncSession, tools: IntakeTools, trust_id: UUID) -> Giver:
    """A source."""
    return Giver(session, tools, trust_id)


ORDERS = list(permutations([Words("Good.", 0), Words("Bad.", 1), Words("Worse.", 2), Words("Best.", 3)]))


async def test_in_every_order_the_last_words_stand_and_all_are_kept(
    session: AsyncSession, tools: IntakeTools, trust_id: UUID
) -> None:
    for order in ORDERS:
        giver = Giver(session, tools, trust_id)
        given = [await giver.give(words) for words in order]
        feedback = given[-1].feedback
        assert feedback.text == "Best."
        assert (await giver.earlier(feedback), feedback.revision) == (["Good.", "Bad.", "Worse."], 4)
        latest = -1
        for words, each in zip(order, given, strict=True):
            assert each.outcome == (
                "new" if latest < 0 else "revision" if words.second > latest else "earlier"
            )
            latest = max(latest, words.second)


async def test_words_that_return_stand_again_also_if_what_was_between_is_late(giver: Giver) -> None:
    for words in (Words("Good.", 0), Words("Good.", 2), Words("Bad.", 1)):
        given = await giver.give(words)
    assert (given.outcome, given.feedback.text) == ("earlier", "Good.")
    assert await giver.earlier(given.feedback) == ["Bad."]


async def test_words_of_the_same_moment_stand_in_the_order_in_which_they_come(giver: Giver) -> None:
    given = [await giver.give(Words(text, 0)) for text in ("Good.", "Bad.", "Good.")]
    assert [each.outcome for each in given] == ["new", "revision", "revision"]
    assert given[0].feedback.text == "Good."


async def test_answers_of_one_payload_stand_in_their_order(giver: Giver) -> None:
    await giver.give(Words("Second.", 0), position=1)
    given = await giver.give(Words("First.", 0), position=0)
    assert (given.outcome, given.feedback.text) == ("earlier", "Second.")


async def test_earlier_words_that_are_kept_already_change_nothing(giver: Giver) -> None:
    for words in (Words("Good.", 0), Words("Bad.", 2)):
        given = await giver.give(words)
    version = given.feedback.version
    again = await giver.give(Words("Good.", 1))
    assert (again.outcome, again.feedback.version) == ("repeat", version)
    assert await giver.earlier(again.feedback) == ["Good."]


async def test_what_was_withdrawn_takes_no_earlier_words(giver: Giver, session: AsyncSession) -> None:
    given = await giver.give(Words("Bad.", 1))
    await withdraw(session, given.feedback, BY_CONTRIBUTOR)
    again = await giver.give(Words("Good.", 0))
    assert (again.outcome, again.feedback.state, again.feedback.text) == ("repeat", "withdrawn", "Bad.")
    assert await giver.earlier(again.feedback) == []


async def test_danger_and_who_spoke_count_whenever_they_come(giver: Giver, session: AsyncSession) -> None:
    private = {
        "contributor": {"channel": "email", "address": "jo@example.org"},
        "demographics": {"sex": "female"},
    }
    first = await giver.give(Words("Bad.", 1))
    later = await giver.give(Words("My number is 07700 900123.", 0, {"urgent": True} | private))
    assert (later.feedback.text, later.feedback.urgent, later.feedback.has_address) == ("Bad.", True, True)
    pseudonym = giver.tools.codes.pseudonym_of(first.feedback.id)
    assert await queries.has_demographics(session, pseudonym)
    later = await giver.give(Words("Worse.", -1, {"demographics": {"sex": "male"}}))
    assert later.outcome == "earlier"
    revisions = select(Revision.shown).where(Revision.feedback_id == first.feedback.id)
    assert "07700" not in str((await session.scalars(revisions)).all())
    types = select(Outbox.type).where(Outbox.aggregate_id == first.feedback.id).order_by(Outbox.sequence)
    assert (await session.scalars(types)).all() == [
        "feedback.received.v1",
        "feedback.restated.v1",
        "feedback.urgent.v1",
        "feedback.restated.v1",
    ]


async def test_what_was_published_stays_so_and_its_body_reads_the_earlier_words(
    service: ServiceClient, client_of: ClientOf, trust_id: UUID, tools: IntakeTools
) -> None:
    client = client_of(trust_id)
    told = await give_feedback(client, trust_id, external_id="1")
    await moderate_feedback(client, told)
    async with service.state.sessions.begin() as session:
        feedback = await session.get_one(Feedback, UUID(told["id"]))
        hour = timedelta(hours=1)
        origin = Origin(feedback.client_id, trust_id, None, feedback.received_at - hour)
        said = something_said(trust_id, external_id="1", text="Mr Smith was kind.")
        given = await give_with_locks(session, NewFeedback.model_validate(said), origin=origin, tools=tools)
    assert (given.outcome, given.feedback.state) == ("earlier", "published")
    seen = (await service.get(f"/v1/feedback/{told['id']}")).json()
    assert (seen["state"], seen["text"]) == ("published", "The nurse explained everything.")
    [revision] = (await client.get(f"/v1/feedback/{told['id']}/revisions")).json()["items"]
    assert (revision["number"], revision["replaced_at"]) == (1, None)
    assert "Smith" not in revision["content"]["text"]
    assert revision["words_at"] < told["received_at"]
