"""Copies bear any order of events, and are whole again after they were emptied."""

import asyncio
import itertools
from datetime import date

import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.copies import domain
from services.loop.copies.queries import find_footprint
from services.loop.models import FeedbackCopy, FootprintCopy, OrganisationCopy
from shared.clock import today
from shared.consumers import Heard
from shared.errors import CodeUnknown, IdUnknown, NotHereYet
from shared.events import Envelope
from shared.events.feedback import FeedbackErased, FeedbackPublished
from shared.events.registry import FootprintChanged, FootprintWithdrawn, OrganisationChanged
from shared.ids import new_id
from tests.loop.examples import feedback, footprint, organisation, tell


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_the_latest_state_stays_whatever_order_events_come_in(
    session: AsyncSession, order: tuple[int, ...]
) -> None:
    first = feedback(new_id())
    facts = first.model_dump()
    events = [
        first,
        FeedbackPublished(**facts | {"state": "published"}),
        FeedbackErased(**facts | {"state": "erased"}),
    ]
    for place in order:
        await tell(session, events[place], sequence=place + 1)
    copy = await session.get_one(FeedbackCopy, first.feedback_id)
    assert (copy.state, copy.sequence) == ("erased", 3)


async def test_the_same_event_twice_changes_nothing(session: AsyncSession) -> None:
    trust = organisation(name="As it was")
    await tell(session, trust)
    await tell(session, OrganisationChanged(**trust.model_dump() | {"name": "A twin"}))
    copy = await session.get_one(OrganisationCopy, trust.organisation_id)
    assert copy.name == "As it was"


async def test_emptied_copies_are_rebuilt_by_the_same_events(session: AsyncSession) -> None:
    board, trust, said = footprint(ods="Q90"), organisation(ods="R90"), feedback(new_id())
    for _ in range(2):
        await tell(session, board, trust, said, sequence=7)
        for model in (FeedbackCopy, FootprintCopy, OrganisationCopy):
            await session.execute(delete(model))
    await tell(session, board, trust, said, sequence=7)
    assert await session.get(FootprintCopy, board.footprint_id)
    assert await session.get(OrganisationCopy, trust.organisation_id)
    assert await session.get(FeedbackCopy, said.feedback_id)


async def test_a_change_of_a_footprint_is_kept_whole(session: AsyncSession) -> None:
    old, new = footprint(), footprint()
    closed = {"valid_to": today(), "successors": [{"id": new.footprint_id, "share": 1.0}]}
    await tell(session, old)
    await tell(session, FootprintChanged(**old.model_dump() | closed), sequence=2)
    copy = await session.get_one(FootprintCopy, old.footprint_id)
    assert copy.successors == [{"id": str(new.footprint_id), "share": 1.0}]


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
async def test_a_footprint_that_will_not_be_is_found_by_nothing(
    session: AsyncSession, order: tuple[int, int]
) -> None:
    first = footprint(ods="Q92", valid_from=date(2999, 4, 1))
    never = FootprintWithdrawn(**first.model_dump())
    for sequence in order:
        await tell(session, first if sequence == 1 else never, sequence=sequence)
    for ref in (str(first.footprint_id), "ods:Q92"):
        assert await find_footprint(session, ref) is None
    await tell(session, first, sequence=3)
    assert await find_footprint(session, "ods:Q92")


async def test_a_body_that_is_a_footprint_answers_under_one_id(session: AsyncSession) -> None:
    board = footprint(ods="Q91")
    await tell(session, board)
    assert await domain.body_today(session, "ods:q91") == (board.footprint_id, board.footprint_id)


async def test_a_trust_answers_in_its_footprint(session: AsyncSession) -> None:
    trust = organisation(ods="R91", footprint_id=new_id())
    await tell(session, trust)
    assert await domain.body_today(session, str(trust.organisation_id)) == (
        trust.organisation_id,
        trust.footprint_id,
    )


async def test_a_succeeded_trust_answers_as_its_heir(session: AsyncSession) -> None:
    heir, board = organisation(footprint_id=new_id()), footprint()
    for successor, body in (
        (heir.organisation_id, (heir.organisation_id, heir.footprint_id)),
        (board.footprint_id, (board.footprint_id, board.footprint_id)),
    ):
        ended = {"succeeded_on": date(2026, 4, 1), "successors": [{"id": successor, "share": None}]}
        trust = organisation(valid_to=date(2026, 3, 31), **ended)
        await tell(session, heir, board, trust)
        assert await domain.body_today(session, str(trust.organisation_id)) == body


async def test_a_body_that_was_never_told_of_is_not_here_yet(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "LOOKS_MAX", 1)
    with pytest.raises(NotHereYet) as body:
        await domain.body_today(session, str(new_id()))
    with pytest.raises(NotHereYet) as place:
        await domain.footprint_today(session, str(new_id()))
    assert [body.value.errors[0].pointer, place.value.errors[0].pointer] == ["/organisation", "/footprint"]
    assert body.value.headers == {"Retry-After": "1"}


@pytest.mark.parametrize(
    "never", ["01890000-0000-7000-8000-000000000000", "67e55044-10b1-426f-9247-bb680e5fe0c8"]
)
async def test_an_id_that_cannot_be_on_its_way_is_refused_at_once(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch, never: str
) -> None:
    monkeypatch.setattr(domain, "wait_for", None)
    with pytest.raises(IdUnknown) as body:
        await domain.body_today(session, never)
    with pytest.raises(IdUnknown) as place:
        await domain.footprint_today(session, never)
    assert [body.value.errors[0].pointer, place.value.errors[0].pointer] == ["/organisation", "/footprint"]


async def test_a_code_that_no_body_has_is_refused_at_once(
    session: AsyncSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "wait_for", None)
    with pytest.raises(CodeUnknown) as body:
        await domain.body_today(session, "ods:NONE", "/owner/organisation")
    with pytest.raises(CodeUnknown) as place:
        await domain.footprint_today(session, "ons:E54009999")
    pointers = [each.value.errors[0].pointer for each in (body, place)]
    assert pointers == ["/owner/organisation", "/footprint"]


async def test_what_comes_while_somebody_waits_is_found() -> None:
    answers = iter([None, None, "here"])

    async def look() -> str | None:
        return next(answers)

    assert await domain.wait_for(look) == "here"


async def test_those_who_ask_about_nothing_do_not_all_wait() -> None:
    looks: list[None] = []

    async def look() -> str | None:
        looks.append(None)
        return None

    waiters = [asyncio.create_task(domain.wait_for(look)) for _ in range(domain.WAITING_MAX)]
    await asyncio.sleep(0)
    before = len(looks)
    assert await domain.wait_for(look) is None
    assert len(looks) == before + 1
    assert not any(waiter.done() for waiter in waiters)
    for waiter in waiters:
        waiter.cancel()
    await asyncio.gather(*waiters, return_exceptions=True)
    assert not domain.waiting


async def test_an_envelope_carries_what_a_copy_needs(session: AsyncSession) -> None:
    said = feedback(new_id(), kind="complaint")
    sent = Envelope.wrap(said, 4)
    await domain.keep_feedback(session, [Heard(said, sent)])
    copy = await session.get_one(FeedbackCopy, said.feedback_id)
    assert (copy.kind, copy.sequence, copy.organisations) == ("complaint", 4, list(said.organisations))
