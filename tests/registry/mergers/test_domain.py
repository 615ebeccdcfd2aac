"""Declaring a merger, taking it back, and what is told when its day comes."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body
from services.registry.bodies.queries import footprints_of
from services.registry.ledger.views import NOW, View, is_said
from services.registry.lineage.domain import lineage_view
from services.registry.mergers.domain import declare, merger_view, publish_due_mergers, withdraw
from services.registry.mergers.errors import AlreadySucceeded, MergerNotInFuture, PredecessorClosed
from services.registry.mergers.models import Merger
from services.registry.mergers.schemas import MergerOut, NewSuccession
from services.registry.mergers.successions import succeed
from services.registry.models import Body, Change, Relation
from services.registry.settings import Settings
from shared.db import make_engine, make_sessions
from shared.errors import Conflict, NotFound
from shared.ids import new_id
from shared.outbox import Outbox
from shared.versions import Wanted
from tests.fixtures.databases import SessionFor
from tests.registry.mergers.examples import (
    ACT,
    DAY,
    EVE,
    NORTH,
    SPLITTING,
    all_that_is_said,
    board,
    events_since,
    last_position,
    link,
    merger,
    new_act,
    on,
    residents_of,
)

DAY_BEFORE = date(2029, 3, 1)


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


async def test_a_merger_closes_its_predecessors_and_opens_its_successor(session: AsyncSession) -> None:
    residents = sum([await residents_of(session, ods, EVE) for ods in ("QE1", "QHM")])
    made = await declare(session, merger(), ACT)
    assert (made.state, made.edition, made.version) == ("declared", "ICB2029", 1)
    assert (made.opened[0].region, made.opened[0].residents) == (None, residents)
    assert [each.codes.ods for each in made.closes] == ["QE1", "QHM"]
    assert (made.to_be_assigned, made.loop_owners) == ([], 2)
    new = await board(session, "N9N1A", DAY)
    assert (new.name, new.ons, new.edition, new.valid_from) == (NORTH["name"], "E54009001", "ICB2029", DAY)
    assert (await session.get_one(Body, new.id)).key == f"icb/N9N1A/{DAY}"
    for ods in ("QE1", "QHM"):
        old = await board(session, ods, DAY)
        assert (old.valid_to, old.edition) == (EVE, "ICB2026")
    with pytest.raises(NotFound):
        await board(session, "N9N1A", EVE)


async def test_organisations_go_on_with_the_only_successor_and_parts_of_a_council_add_up(
    session: AsyncSession,
) -> None:
    made = await declare(session, merger(), ACT)
    trust = (await find_body(session, "ods:RX6", View(EVE), "organisation")).id
    council = (await find_body(session, "ons:E06000063", View(EVE), "organisation")).id
    assert made.organisations > 10
    assert await footprints_of(session, [trust], View(EVE)) == {trust: (await board(session, "QHM", EVE)).id}
    assert await footprints_of(session, [trust, council], View(DAY)) == dict.fromkeys(
        [trust, council], made.opened[0].id
    )
    parts = select(Relation.share).where(
        Relation.from_id == council, Relation.to_id == made.opened[0].id, is_said(Relation, NOW)
    )
    assert (await session.scalars(parts)).all() == [1.0]


async def test_organisations_of_a_body_that_is_split_are_listed_and_not_guessed(
    session: AsyncSession,
) -> None:
    made = await declare(session, merger(SPLITTING), ACT)
    assert made.organisations == len(made.to_be_assigned) > 10
    first = made.to_be_assigned[0].id
    assert await footprints_of(session, [first], View(DAY)) == {}
    assert first in await footprints_of(session, [first], View(EVE))
    # The other successor stays open, with more residents from the day on.
    before, after = await residents_of(session, "QOP", EVE), await board(session, "QOP", DAY)
    gained = round(0.4 * await residents_of(session, "QE1", EVE))
    assert after.edition == "ICB2029"
    assert after.residents == pytest.approx(before + gained, abs=1)


async def test_who_joins_a_body_that_is_to_close_is_to_be_assigned(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    trust = (await find_body(session, "ods:RJ1", View(EVE), "organisation")).id
    late = Relation(
        from_id=trust, to_id=made.closes[0].id, kind="member_of", valid_from=DAY_BEFORE, source="x"
    )
    session.add(late)
    await session.flush()
    found = await merger_view(session, await session.get_one(Merger, made.id))
    assert [each.id for each in found.to_be_assigned] == [trust]


async def test_a_body_that_passes_part_of_its_area_stays_open_with_what_is_left(
    session: AsyncSession,
) -> None:
    passing = link("QE1", "QOP", 0.1, kind="area_passed_to")
    made = await declare(session, merger(successors=[], links=[passing]), ACT)
    assert (made.closes, made.organisations) == ([], 0)
    after = await board(session, "QE1", DAY)
    assert (after.valid_to, after.edition) == (None, "ICB2029")
    assert after.residents == pytest.approx(0.9 * await residents_of(session, "QE1", EVE), abs=1)
    found = await lineage_view(session, "ods:QE1", "ICB2026", View(DAY))
    assert [(each.codes.ods, each.share) for each in found.today] == [("QE1", 0.9), ("QOP", 0.1)]


async def test_a_declared_merger_shows_in_lineages_before_its_day_as_declared_only(
    session: AsyncSession,
) -> None:
    await declare(session, merger(), ACT)
    before = await lineage_view(session, "ons:E54000001", "STP2016", View(date(2026, 11, 23)))
    assert [each.codes.ods for each in before.today] == ["QHM"]
    assert [(each.on, each.successor.codes.ods, each.share) for each in before.declared] == [
        (DAY, "N9N1A", 1.0)
    ]
    after = await lineage_view(session, "ons:E54000001", "STP2016", View(DAY))
    assert [(each.codes.ods, each.share) for each in after.today] == [("N9N1A", 1.0)]
    assert after.declared == []
    assert all(entry.edition != "ICB2029" for entry in before.items)


async def test_a_dry_run_says_the_same_and_leaves_nothing(session: AsyncSession) -> None:
    before, position = await all_that_is_said(session), await last_position(session)
    shown = await declare(session, merger(SPLITTING, dry_run=True), ACT)
    assert (await all_that_is_said(session), await last_position(session)) == (before, position)
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
    position = await last_position(session)
    made = await declare(session, merger(), ACT)
    events = await events_since(session, position)
    assert len(set(events)) == len(events)
    assert [body for kind, body in events if kind == "footprint_registered"] == [made.opened[0].id]
    changed = {body for kind, body in events if kind == "footprint_changed"}
    assert changed == {each.id for each in made.closes}
    assert sum(kind == "organisation_changed" for kind, _ in events) > made.organisations
    acts = (
        select(Change.act_id).where(Change.record_id.in_(changed)).order_by(Change.position.desc()).limit(2)
    )
    assert set((await session.scalars(acts)).all()) == {ACT.id}


async def test_a_merger_that_was_missed_is_declared_late_with_a_reason(session: AsyncSession) -> None:
    missed: dict[str, Any] = {"effective_on": "2026-10-01"}
    with pytest.raises(MergerNotInFuture):
        await declare(session, merger(**missed), ACT)
    made = await declare(session, merger(**missed, because_late="It was overlooked."), ACT)
    assert (made.state, made.edition) == ("in_force", "ICB2026-10")
    found = await lineage_view(session, "ods:QHM", None, View(date(2026, 11, 23)))
    assert [each.codes.ods for each in found.today] == ["N9N1A"]


async def test_on_the_day_it_is_told_whose_the_organisations_are_once(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    trust = (await find_body(session, "ods:RX6", View(EVE), "organisation")).id
    assert await publish_due_mergers(session) == 0
    with on(DAY):
        position = await last_position(session)
        assert await publish_due_mergers(session) == 1
        events = await events_since(session, position)
        assert ("organisation_changed", trust) in events
        latest = select(Outbox.body).where(Outbox.aggregate_id == trust).order_by(Outbox.sequence.desc())
        assert f'"footprint_id":"{made.opened[0].id}"' in (await session.scalars(latest.limit(1))).one()
        assert await publish_due_mergers(session) == 0


async def test_ownership_moves_on_the_day_as_that_of_an_imported_merger(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    wanted = NewSuccession(effective_on=DAY, predecessors=["ods:QHM"])
    with on(DAY):
        position = await last_position(session)
        (found,) = (await succeed(session, wanted, ACT.caller)).successions
        assert [heir.id for heir in found.successors] == [made.opened[0].id]
        assert found.successors[0].organisations > 5
        kinds: Sequence[str] = [kind for kind, _ in await events_since(session, position)]
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
        await withdraw(session, made.id or new_id(), Wanted(1), new_act())
    await engine.dispose()
