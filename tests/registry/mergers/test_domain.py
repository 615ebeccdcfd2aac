"""Declaring a merger, taking it back, and what is told when its day comes."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find
from services.registry.bodies.queries import footprints_of, said
from services.registry.changes.domain import Act
from services.registry.lineage.domain import lineage
from services.registry.mergers.domain import come_into_force, correct, declare, withdraw
from services.registry.mergers.errors import (
    MergerInForce,
    MergerNotInFuture,
    MergerWithdrawn,
    PredecessorClosed,
)
from services.registry.mergers.schemas import MergerOut
from services.registry.models import Body, BodyCode, BodyName, Boundary, Change, LegalForm, Relation
from services.registry.settings import Settings
from services.registry.successions.domain import succeed
from services.registry.successions.errors import AlreadySucceeded
from services.registry.successions.schemas import NewSuccession
from shared.auth import Caller
from shared.db import make_engine, make_sessions
from shared.errors import Conflict, NotFound, VersionStale
from shared.ids import new_id
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor
from tests.registry.mergers.examples import DAY, EVE, MERGING, NORTH, SPLITTING, link, merger, on

ACT = Act("The boards decided so (invented).", "the boards' papers (invented)", Caller(new_id(), new_id()))
TABLES = (BodyName, BodyCode, LegalForm, Boundary, Relation)


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


async def board(session: AsyncSession, ods: str, day: date) -> Any:
    """Return the footprint that has a code on a day."""
    return await find(session, f"ods:{ods}", day, Body.is_footprint)


async def all_that_is_said(session: AsyncSession) -> set[tuple[Any, ...]]:
    """Return every fact that is said, but for its number and when it was said, and each body's days."""
    found: set[tuple[Any, ...]] = set()
    for model in TABLES:
        names = [each.key for each in model.__table__.columns if each.key not in LEFT_OUT]
        rows = await session.execute(select(*(getattr(model, name) for name in names)).where(said(model)))
        found |= {(model.__tablename__, *row) for row in rows}
    kept = Body.id, Body.key, Body.opened_on, Body.closed_on, Body.dated_by_hand
    return found | {
        tuple(row) for row in await session.execute(select(*kept).where(Body.withdrawn_at.is_(None)))
    }


LEFT_OUT = {"id", "recorded_at", "superseded_at", "imported", "act_id", "words"}


async def told(session: AsyncSession, since: int) -> list[tuple[str, UUID]]:
    """Return what was told since a position, and of whom."""
    wanted = select(Outbox.type, Outbox.aggregate_id).where(Outbox.position > since).order_by(Outbox.position)
    return [(kind.split(".")[1], body) for kind, body in await session.execute(wanted)]


async def last_told(session: AsyncSession) -> int:
    """Return the position of what was told last."""
    return await session.scalar(select(func.max(Outbox.position))) or 0


async def test_a_merger_closes_its_predecessors_and_opens_its_successor(session: AsyncSession) -> None:
    residents = sum([(await board(session, ods, EVE)).residents for ods in ("QE1", "QHM")])
    made = await declare(session, merger(), ACT)
    assert (made.state, made.edition, made.version) == ("declared", "ICB2029", 1)
    assert (made.opened[0].region, made.opened[0].residents) == (None, residents)
    assert [each.codes.ods for each in made.closes] == ["QE1", "QHM"]
    assert (made.to_be_assigned, made.loop_owners) == ([], 2)
    new = await board(session, "N9N1A", DAY)
    assert (new.name, new.ons, new.scheme, new.valid_from) == (NORTH["name"], "E54009001", "ICB2029", DAY)
    assert (await session.get_one(Body, new.id)).key == f"icb/N9N1A/{DAY}"
    for ods in ("QE1", "QHM"):
        old = await board(session, ods, DAY)
        assert (old.valid_to, old.scheme) == (EVE, "ICB2026")
    with pytest.raises(NotFound):
        await board(session, "N9N1A", EVE)


async def test_organisations_go_on_with_the_only_successor_and_parts_of_a_council_add_up(
    session: AsyncSession,
) -> None:
    made = await declare(session, merger(), ACT)
    trust = (await find(session, "ods:RX6", EVE, Body.is_organisation)).id
    council = (await find(session, "ons:E06000063", EVE, Body.is_organisation)).id
    assert made.organisations > 10
    assert await footprints_of(session, [trust], EVE) == {trust: (await board(session, "QHM", EVE)).id}
    assert await footprints_of(session, [trust, council], DAY) == dict.fromkeys(
        [trust, council], made.opened[0].id
    )
    parts = select(Relation.share).where(
        Relation.from_id == council, Relation.to_id == made.opened[0].id, said(Relation)
    )
    assert (await session.scalars(parts)).all() == [1.0]


async def test_organisations_of_a_body_that_is_split_are_listed_and_not_guessed(
    session: AsyncSession,
) -> None:
    made = await declare(session, merger(SPLITTING), ACT)
    assert made.organisations == len(made.to_be_assigned) > 10
    first = made.to_be_assigned[0].id
    assert await footprints_of(session, [first], DAY) == {}
    assert first in await footprints_of(session, [first], EVE)
    # The other successor stays open, with more residents from the day on.
    before, after = await board(session, "QOP", EVE), await board(session, "QOP", DAY)
    gained = round(0.4 * (await board(session, "QE1", EVE)).residents)
    assert (after.scheme, after.residents) == ("ICB2029", pytest.approx(before.residents + gained, abs=1))


async def test_a_body_that_passes_part_of_its_area_stays_open_with_what_is_left(
    session: AsyncSession,
) -> None:
    passing = link("QE1", "QOP", 0.1, kind="area_passed_to")
    made = await declare(session, merger(successors=[], links=[passing]), ACT)
    assert (made.closes, made.organisations) == ([], 0)
    after = await board(session, "QE1", DAY)
    assert (after.valid_to, after.scheme) == (None, "ICB2029")
    assert after.residents == pytest.approx(0.9 * (await board(session, "QE1", EVE)).residents, abs=1)
    found = await lineage(session, "ods:QE1", "ICB2026", DAY)
    assert [(each.codes.ods, each.share) for each in found.today] == [("QE1", 0.9), ("QOP", 0.1)]


async def test_a_declared_merger_shows_in_lineages_before_its_day_as_declared_only(
    session: AsyncSession,
) -> None:
    await declare(session, merger(), ACT)
    before = await lineage(session, "ons:E54000001", "STP2016", date(2026, 11, 23))
    assert [each.codes.ods for each in before.today] == ["QHM"]
    assert [(each.on, each.successor.codes.ods, each.share) for each in before.declared] == [
        (DAY, "N9N1A", 1.0)
    ]
    after = await lineage(session, "ons:E54000001", "STP2016", DAY)
    assert [(each.codes.ods, each.share) for each in after.today] == [("N9N1A", 1.0)]
    assert after.declared == []
    assert all(entry.scheme != "ICB2029" for entry in before.items)


async def test_a_dry_run_says_the_same_and_leaves_nothing(session: AsyncSession) -> None:
    before, position = await all_that_is_said(session), await last_told(session)
    shown = await declare(session, merger(SPLITTING, dry_run=True), ACT)
    assert (await all_that_is_said(session), await last_told(session)) == (before, position)
    assert (shown.id, shown.dry_run, shown.opened[0].id) == (None, True, None)
    made = await declare(session, merger(SPLITTING), ACT)
    left_out = {"id", "version", "dry_run", "declared_at", "opened", "links"}
    assert shown.model_dump(exclude=left_out) == made.model_dump(exclude=left_out)


async def test_a_dry_run_names_every_mistake_at_once(session: AsyncSession) -> None:
    wrong = [link("QZZ", "N9N1A"), link("QNQ", "N9N1A"), link("QHM", "N9N1A", 0.5), link("QE1", "QZZ")]
    shown = await declare(session, merger(links=wrong, dry_run=True), ACT)
    assert [(each.code, each.pointer) for each in shown.problems] == [
        ("unknown_predecessor", "/links/0/predecessor"),
        ("predecessor_closed", "/links/1/predecessor"),
        ("unknown_successor", "/links/3/successor"),
        ("shares_wrong", "/links/2/share"),
    ]
    with pytest.raises(PredecessorClosed):
        await declare(session, merger(links=[wrong[1]]), ACT)


async def test_each_body_is_told_of_once(session: AsyncSession) -> None:
    position = await last_told(session)
    made = await declare(session, merger(), ACT)
    events = await told(session, position)
    assert len(set(events)) == len(events)
    assert [body for kind, body in events if kind == "footprint_registered"] == [made.opened[0].id]
    changed = {body for kind, body in events if kind == "footprint_changed"}
    assert changed == {each.id for each in made.closes}
    assert sum(kind == "organisation_changed" for kind, _ in events) > made.organisations
    acts = (
        select(Change.act_id).where(Change.record_id.in_(changed)).order_by(Change.position.desc()).limit(2)
    )
    assert set((await session.scalars(acts)).all()) == {ACT.id}


@pytest.mark.parametrize("declared", [MERGING, SPLITTING], ids=["merger", "split"])
async def test_a_withdrawn_merger_leaves_everything_as_it_was(
    session: AsyncSession, declared: dict[str, Any]
) -> None:
    before, position = await all_that_is_said(session), await last_told(session)
    counted = [await session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]
    made = await declare(session, merger(declared), ACT)
    during = await last_told(session)
    gone = await withdraw(session, made.id or new_id(), 1, ACT)
    facts = {each for each in await all_that_is_said(session) if each[1] != made.opened[0].id}
    # What is known of the body itself stays with it: its name, two codes, form and boundary.
    assert facts == before
    assert (gone.state, gone.version, gone.to_be_assigned) == ("withdrawn", 2, [])
    with pytest.raises(NotFound):
        await board(session, "N9N1A", DAY)
    with pytest.raises(NotFound):
        await find(session, str(made.opened[0].id), DAY, Body.is_footprint)
    first, second = [await told(session, since) for since in (position, during)]
    withdrawn = [body for kind, body in second if kind == "footprint_withdrawn"]
    assert withdrawn == [made.opened[0].id]
    assert {body for _, body in second} == {body for _, body in first[: len(second)]}
    # Nothing is deleted: what was said of the closed bodies in between is there as well.
    for table, count in zip(TABLES, counted, strict=True):
        assert (await session.scalar(select(func.count()).select_from(table)) or 0) > count
    with pytest.raises(MergerWithdrawn):
        await withdraw(session, made.id or new_id(), 2, ACT)


async def test_what_was_withdrawn_can_be_declared_again(session: AsyncSession) -> None:
    first = await declare(session, merger(), ACT)
    await withdraw(session, first.id or new_id(), 1, ACT)
    again = await declare(session, merger(), ACT)
    assert again.opened[0].id != first.opened[0].id
    assert (await board(session, "N9N1A", DAY)).id == again.opened[0].id


async def test_a_correction_keeps_the_ids_of_the_bodies_that_open(session: AsyncSession) -> None:
    first = await declare(session, merger(), ACT)
    new_name = NORTH | {"name": "NHS Far North Integrated Care Board (invented)", "ons": "E54009002"}
    later = date(2029, 7, 1)
    corrected = merger(
        effective_on=later, successors=[new_name], links=[link("QE1", "N9N1A"), link("QWO", "N9N1A")]
    )
    found = await correct(session, first.id or new_id(), corrected, 1, ACT)
    assert (found.id, found.version, found.edition) == (first.id, 2, "ICB2029")
    assert found.opened[0].id == first.opened[0].id
    assert [each.effective_on for each in found.earlier] == [DAY]
    new = await board(session, "N9N1A", later)
    assert (new.id, new.name, new.ons, new.valid_from) == (
        first.opened[0].id, new_name["name"], "E54009002", later,
    )  # fmt: skip
    assert (await board(session, "QHM", later)).valid_to is None
    assert (await board(session, "QWO", later)).valid_to == date(2029, 6, 30)
    with pytest.raises(NotFound):
        await find(session, "ons:E54009001", later, Body.is_footprint)
    with pytest.raises(VersionStale):
        await correct(session, first.id or new_id(), corrected, 1, ACT)


async def test_a_correction_may_give_a_body_another_code_or_leave_it_out(session: AsyncSession) -> None:
    first = await declare(session, merger(), ACT)
    kept = first.opened[0].id
    recoded = NORTH | {"ods": "N9N1B", "id": str(kept)}
    corrected = merger(successors=[recoded], links=[link("QE1", "N9N1B"), link("QHM", "N9N1B")])
    found = await correct(session, first.id or new_id(), corrected, 1, ACT)
    assert (found.opened[0].id, found.opened[0].codes.ods) == (kept, "N9N1B")
    position = await last_told(session)
    other = merger(successors=[], links=[link("QE1", "QHM")])
    await correct(session, first.id or new_id(), other, 2, ACT)
    assert ("footprint_withdrawn", kept) in await told(session, position)
    with pytest.raises(NotFound):
        await board(session, "N9N1B", DAY)
    assert (await board(session, "QHM", DAY)).valid_to is None


async def test_a_correction_can_be_tried_first(session: AsyncSession) -> None:
    first = await declare(session, merger(), ACT)
    before = await all_that_is_said(session)
    shown = await correct(session, first.id or new_id(), merger(SPLITTING, dry_run=True), 1, ACT)
    assert (shown.id, shown.dry_run, len(shown.links)) == (first.id, True, 2)
    assert await all_that_is_said(session) == before
    wrong = merger(links=[link("QHM", "N9N1A", 0.5)], dry_run=True)
    shown = await correct(session, first.id or new_id(), wrong, 1, ACT)
    assert [each.code for each in shown.problems] == ["shares_wrong"]
    assert await all_that_is_said(session) == before


async def test_once_its_day_has_come_it_is_neither_withdrawn_nor_corrected(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    with on(DAY):
        with pytest.raises(MergerInForce):
            await withdraw(session, made.id or new_id(), 1, ACT)
        with pytest.raises(MergerInForce):
            await correct(session, made.id or new_id(), merger(), 1, ACT)


async def test_a_merger_that_was_missed_is_declared_late_with_a_reason(session: AsyncSession) -> None:
    missed = {"effective_on": "2026-10-01"}
    with pytest.raises(MergerNotInFuture):
        await declare(session, merger(**missed), ACT)
    made = await declare(session, merger(**missed, because_late="It was overlooked."), ACT)
    assert (made.state, made.edition) == ("in_force", "ICB2026-10")
    found = await lineage(session, "ods:QHM", None, date(2026, 11, 23))
    assert [each.codes.ods for each in found.today] == ["N9N1A"]


async def test_what_was_to_begin_later_is_said_no_more_until_a_withdrawal(session: AsyncSession) -> None:
    old = await board(session, "QHM", EVE)
    planned = BodyName(body_id=old.id, name="A name for later", valid_from=date(2030, 1, 1))
    session.add(planned)
    await session.flush()
    made = await declare(session, merger(), ACT)
    assert planned.superseded_at is not None
    await withdraw(session, made.id or new_id(), 1, ACT)
    again = select(BodyName.valid_from).where(BodyName.name == "A name for later", said(BodyName))
    assert (await session.scalars(again)).all() == [date(2030, 1, 1)]


async def test_on_the_day_it_is_told_whose_the_organisations_are_once(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    trust = (await find(session, "ods:RX6", EVE, Body.is_organisation)).id
    assert await come_into_force(session) == 0
    with on(DAY):
        position = await last_told(session)
        assert await come_into_force(session) == 1
        events = await told(session, position)
        assert ("organisation_changed", trust) in events
        latest = select(Outbox.body).where(Outbox.aggregate_id == trust).order_by(Outbox.sequence.desc())
        assert f'"footprint_id":"{made.opened[0].id}"' in (await session.scalars(latest.limit(1))).one()
        assert await come_into_force(session) == 0


async def test_ownership_moves_on_the_day_as_that_of_an_imported_merger(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    wanted = NewSuccession(effective_on=DAY, predecessors=["ods:QHM"])
    with on(DAY):
        position = await last_told(session)
        (found,) = (await succeed(session, wanted, ACT.caller)).successions
        assert [heir.id for heir in found.successors] == [made.opened[0].id]
        assert found.successors[0].organisations > 5
        kinds: Sequence[str] = [kind for kind, _ in await told(session, position)]
        # Whose organisation is whose is told before: heirs are found by it.
        assert kinds[-1] == "footprint_succeeded"
        assert "organisation_changed" in kinds
        with pytest.raises(AlreadySucceeded):
            await succeed(session, wanted, ACT.caller)


async def test_of_two_who_declare_the_same_at_once_one_is_refused(imported: Settings) -> None:
    engine = make_engine(imported)
    sessions = make_sessions(engine)
    names = merger(links=[link("QT6", "N9N2A")], successors=[{"name": "X (invented)", "ods": "N9N2A"}])

    async def attempt() -> MergerOut:
        async with sessions.begin() as session:
            return await declare(session, names, ACT)

    found = await asyncio.gather(attempt(), attempt(), return_exceptions=True)
    [made] = [each for each in found if isinstance(each, MergerOut)]
    [refused] = [each for each in found if not isinstance(each, MergerOut)]
    assert isinstance(refused, Conflict)
    assert [each.pointer for each in refused.errors] == ["/successors/0", "/links/0/predecessor"]
    async with sessions.begin() as session:
        await withdraw(session, made.id or new_id(), 1, ACT)
    await engine.dispose()
