"""What a succession moves, and that it is applied once, whoever asks at the same time."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import publish_bodies
from services.registry.ledger.acts import Act
from services.registry.mergers.errors import AlreadySucceeded, NoSuccession, NotSucceeded, SuccessionTooEarly
from services.registry.mergers.schemas import NewSuccession
from services.registry.mergers.successions import succeed, undo
from services.registry.models import Body, Change, Relation
from services.registry.settings import Settings
from shared.auth import Caller
from shared.clock import clock, system_time
from shared.errors import Invalid
from shared.events.base import Envelope
from shared.events.registry import (
    FootprintChanged,
    FootprintSucceeded,
    OrganisationChanged,
    OrganisationSucceeded,
)
from shared.ids import new_id
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor
from tests.registry.writes import body_of, ledger_of, made

NEW_BOARDS = date(2026, 4, 1)
STEWARD = Caller(new_id(), new_id())


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


def wanted(*predecessors: str, dry_run: bool = False) -> NewSuccession:
    """Return that these were succeeded when the new boards opened."""
    named = list(predecessors) or None
    return NewSuccession(effective_on=NEW_BOARDS, predecessors=named, dry_run=dry_run)


async def newest_event(session: AsyncSession, key: str) -> Envelope:
    """Return what was told last of a body."""
    body = await body_of(session, key)
    await session.refresh(body)
    latest = select(Outbox.body).where(Outbox.aggregate_id == body.id, Outbox.sequence == body.version)
    # What is told again for copies has the same sequence.
    newest = latest.order_by(Outbox.position.desc()).limit(1)
    return Envelope.model_validate_json((await session.scalars(newest)).one())


async def test_a_succession_is_told_with_its_heirs_who_hear_of_it(session: AsyncSession) -> None:
    await succeed(session, wanted("ods:QNQ"), STEWARD)
    event = (await newest_event(session, "icb/QNQ/2022-07-01")).event()
    assert isinstance(event, FootprintSucceeded)
    assert event.succeeded_on == NEW_BOARDS
    assert [heir.share for heir in event.successors] == [0.5712, 0.228, 0.2008]
    assert event.organisations == (event.footprint_id, *(heir.id for heir in event.successors))
    await publish_bodies(session, [event.footprint_id], Act("why", "where"))
    again = (await newest_event(session, "icb/QNQ/2022-07-01")).event()
    assert isinstance(again, FootprintChanged)
    assert again.succeeded_on == NEW_BOARDS


def undoing(*predecessors: str, **changes: object) -> NewSuccession:
    """Ask that what was applied is taken back."""
    why = {"undo": True, "reason": "It was another board.", "source": "the order"} | changes
    return wanted(*predecessors).model_copy(update=why)


async def test_a_succession_that_was_a_mistake_is_undone_and_can_be_applied_again(
    session: AsyncSession,
) -> None:
    board = "icb/QNQ/2022-07-01"
    with pytest.raises(NotSucceeded):
        await undo(session, undoing("ods:QNQ"), STEWARD)
    await succeed(session, wanted("ods:QNQ"), STEWARD)
    shown = await undo(session, undoing("ods:QNQ", dry_run=True), STEWARD)
    assert shown.successions[0].applied_at is not None
    shown = await undo(session, undoing("ods:QNQ"), STEWARD)
    assert (shown.successions[0].applied_at, len(shown.successions[0].successors)) == (None, 3)
    event = (await newest_event(session, board)).event()
    assert isinstance(event, FootprintChanged)
    assert (event.succeeded_on, len(event.successors)) == (None, 3)
    change = (await session.scalars(select(Change).order_by(Change.position.desc()).limit(1))).one()
    assert (change.reason, change.source) == ("It was another board.", "the order")
    with pytest.raises(NotSucceeded) as refused:
        await undo(session, undoing("ods:QNQ", "ods:ZZZ"), STEWARD)
    assert [each.pointer for each in refused.value.errors] == ["/predecessors/0", "/predecessors/1"]
    await succeed(session, wanted("ods:QNQ"), STEWARD)
    assert isinstance((await newest_event(session, board)).event(), FootprintSucceeded)


@pytest.mark.parametrize("missing", ["predecessors", "reason", "source"])
async def test_who_undoes_a_succession_names_it_and_says_why(session: AsyncSession, missing: str) -> None:
    with pytest.raises(Invalid) as refused:
        await undo(session, undoing("ods:QNQ", **{missing: None}), STEWARD)
    assert [each.pointer for each in refused.value.errors] == [f"/{missing}"]


async def closed_with_heirs(session: AsyncSession, *shares: float | None) -> tuple[Body, list[UUID]]:
    """Close an organisation on the eve of the new boards' day, and let others take over from it."""
    body = await session.get_one(Body, (await made(session)).id)
    heirs = [(await made(session, name="Heirs (invented)")).id for _ in shares]
    body.closed_on = NEW_BOARDS - timedelta(days=1)
    said = {"from_id": body.id, "kind": "succeeded_by", "valid_from": NEW_BOARDS, "source": "a test"}
    ledger_of(session).say(
        *(Relation(to_id=heir, share=share, **said) for heir, share in zip(heirs, shares, strict=True))
    )
    await session.flush()
    return body, heirs


async def test_an_organisations_succession_is_told_once_with_its_heirs(session: AsyncSession) -> None:
    body, (first, second) = await closed_with_heirs(session, None, 0.4)
    (shown,) = (await succeed(session, wanted(str(body.id)), STEWARD)).successions
    assert [(each.id, each.share) for each in shown.successors] == [(second, 0.4), (first, None)]
    assert shown.heir_uncertain
    event = (await newest_event(session, body.key)).event()
    assert isinstance(event, OrganisationSucceeded)
    assert (event.succeeded_on, event.organisation_id) == (NEW_BOARDS, body.id)
    assert [(each.id, each.share) for each in event.successors] == [(second, 0.4), (first, None)]
    assert event.organisations == (body.id, second, first)
    with pytest.raises(AlreadySucceeded):
        await succeed(session, wanted(str(body.id)), STEWARD)
    await publish_bodies(session, [body.id], Act("why", "where"))
    again = (await newest_event(session, body.key)).event()
    assert isinstance(again, OrganisationChanged)
    assert (again.succeeded_on, again.organisations) == (NEW_BOARDS, (body.id,))


async def test_without_names_only_footprints_are_succeeded(session: AsyncSession) -> None:
    body, _ = await closed_with_heirs(session, None)
    shown = await succeed(session, wanted(dry_run=True), STEWARD)
    assert body.id not in {each.predecessor.id for each in shown.successions}
    (named,) = (await succeed(session, wanted(str(body.id), dry_run=True), STEWARD)).successions
    assert (named.predecessor.id, named.heir_uncertain) == (body.id, False)


async def test_a_dry_run_changes_nothing(session: AsyncSession) -> None:
    before = await newest_event(session, "icb/QUE/2022-07-01")
    shown = await succeed(session, wanted("ods:QUE", dry_run=True), STEWARD)
    assert await newest_event(session, "icb/QUE/2022-07-01") == before
    assert [each.applied_at for each in shown.successions] == [None]


async def test_organisations_are_counted_with_the_heir_that_holds_them(session: AsyncSession) -> None:
    (found,) = (await succeed(session, wanted("ods:QUE", dry_run=True), STEWARD)).successions
    assert [heir.codes.ods for heir in found.successors] == ["S1Y5D"]
    assert found.successors[0].organisations > 5


async def test_what_was_applied_is_left_out_and_refused_when_named(session: AsyncSession) -> None:
    first = (await succeed(session, wanted("ods:QUE"), STEWARD)).successions[0].applied_at
    rest = await succeed(session, wanted(), STEWARD)
    assert len(rest.successions) == 12
    again = {each.predecessor.codes.ods: each.applied_at for each in rest.successions}["QUE"]
    assert again == first
    for named in (wanted(), wanted("ods:QUE")):
        with pytest.raises(AlreadySucceeded):
            await succeed(session, named, STEWARD)


async def test_what_was_not_succeeded_that_day_is_named(session: AsyncSession) -> None:
    with pytest.raises(NoSuccession) as refused:
        await succeed(session, wanted("ods:QUE", "ods:QHM", "ods:NONE"), STEWARD)
    assert [error.pointer for error in refused.value.errors] == ["/predecessors/1", "/predecessors/2"]
    with pytest.raises(NoSuccession):
        await succeed(session, NewSuccession(effective_on=date(2025, 4, 1)), STEWARD)


async def test_nothing_is_applied_before_its_day(session: AsyncSession) -> None:
    clock.source = lambda: system_time().replace(year=2026, month=3, day=31, hour=12)
    try:
        shown = await succeed(session, wanted("ods:QUE", dry_run=True), STEWARD)
        assert len(shown.successions) == 1
        with pytest.raises(SuccessionTooEarly):
            await succeed(session, wanted("ods:QUE"), STEWARD)
    finally:
        clock.source = system_time
