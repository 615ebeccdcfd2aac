"""Correcting and withdrawing a merger before its day, and never after."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body
from services.registry.ledger.acts import ChangedMeanwhile, Ledger
from services.registry.ledger.views import NOW, View, is_said
from services.registry.lineage.domain import lineage_view
from services.registry.mergers.domain import correct, declare, withdraw
from services.registry.mergers.errors import MergerInForce, MergerWithdrawn
from services.registry.models import BodyName, Relation
from services.registry.settings import Settings
from shared.clock import now
from shared.errors import Invalid, NotFound, VersionStale
from shared.ids import new_id
from shared.versions import Wanted
from tests.fixtures.databases import SessionFor
from tests.registry.mergers.examples import (
    ACT,
    DAY,
    EVE,
    MERGING,
    NORTH,
    SPLITTING,
    TABLES,
    all_that_is_said,
    before_bodies_are_locked,
    board,
    events_since,
    last_position,
    link,
    merger,
    new_act,
    on,
)
from tests.registry.relations.moving import move_trust
from tests.registry.writes import body_of


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


@pytest.mark.parametrize("declared", [MERGING, SPLITTING], ids=["merger", "split"])
async def test_a_withdrawn_merger_leaves_everything_as_it_was(
    session: AsyncSession, declared: dict[str, Any]
) -> None:
    before, position = await all_that_is_said(session), await last_position(session)
    counted = [await session.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES]
    made = await declare(session, merger(declared), ACT)
    during = await last_position(session)
    gone = await withdraw(session, made.id or new_id(), Wanted(1), new_act())
    facts = {each for each in await all_that_is_said(session) if made.opened[0].id not in each}
    # What is known of the body itself stays with it: its name, two codes, form and boundary.
    assert facts == before
    assert (gone.state, gone.version, gone.to_be_assigned) == ("withdrawn", 2, [])
    with pytest.raises(NotFound):
        await board(session, "N9N1A", DAY)
    with pytest.raises(NotFound):
        await find_body(session, str(made.opened[0].id), View(DAY), "footprint")
    first, second = [await events_since(session, since) for since in (position, during)]
    withdrawn = [body for kind, body in second if kind == "footprint_withdrawn"]
    assert withdrawn == [made.opened[0].id]
    assert {body for _, body in second} == {body for _, body in first[: len(second)]}
    # Nothing is deleted: what was said of the closed bodies in between is there as well.
    for table, count in zip(TABLES, counted, strict=True):
        assert (await session.scalar(select(func.count()).select_from(table)) or 0) > count
    with pytest.raises(MergerWithdrawn):
        await withdraw(session, made.id or new_id(), Wanted(2), new_act())


async def test_what_was_withdrawn_can_be_declared_again(session: AsyncSession) -> None:
    first = await declare(session, merger(), ACT)
    await withdraw(session, first.id or new_id(), Wanted(1), new_act())
    again = await declare(session, merger(), new_act())
    assert again.opened[0].id != first.opened[0].id
    assert (await board(session, "N9N1A", DAY)).id == again.opened[0].id


async def test_a_correction_keeps_the_ids_of_the_bodies_that_open(session: AsyncSession) -> None:
    first = await declare(session, merger(), ACT)
    new_name = NORTH | {"name": "NHS Far North Integrated Care Board (invented)", "ons": "E54009002"}
    later = date(2029, 7, 1)
    corrected = merger(
        effective_on=later, successors=[new_name], links=[link("QE1", "N9N1A"), link("QWO", "N9N1A")]
    )
    found = await correct(session, first.id or new_id(), corrected, Wanted(1), new_act())
    assert (found.id, found.version, found.edition) == (first.id, 2, "ICB2029")
    assert found.opened[0].id == first.opened[0].id
    assert [each.effective_on for each in found.earlier] == [DAY]
    new = await board(session, "N9N1A", later)
    assert (new.id, new.name, new.ons, new.valid_from) == (
        first.opened[0].id,
        new_name["name"],
        "E54009002",
        later,
    )
    assert (await board(session, "QHM", later)).valid_to is None
    assert (await board(session, "QWO", later)).valid_to == date(2029, 6, 30)
    with pytest.raises(NotFound):
        await find_body(session, "ons:E54009001", View(later), "footprint")
    with pytest.raises(VersionStale):
        await correct(session, first.id or new_id(), corrected, Wanted(1), new_act())


async def test_a_correction_may_give_a_body_another_code_or_leave_it_out(session: AsyncSession) -> None:
    first = await declare(session, merger(), ACT)
    kept = first.opened[0].id
    recoded = NORTH | {"ods": "N9N1B", "id": str(kept)}
    corrected = merger(successors=[recoded], links=[link("QE1", "N9N1B"), link("QHM", "N9N1B")])
    found = await correct(session, first.id or new_id(), corrected, Wanted(1), new_act())
    assert (found.opened[0].id, found.opened[0].codes.ods) == (kept, "N9N1B")
    position = await last_position(session)
    other = merger(successors=[], links=[link("QE1", "QHM")])
    await correct(session, first.id or new_id(), other, Wanted(2), new_act())
    assert ("footprint_withdrawn", kept) in await events_since(session, position)
    with pytest.raises(NotFound):
        await board(session, "N9N1B", DAY)
    assert (await board(session, "QHM", DAY)).valid_to is None


async def test_a_correction_can_be_tried_first(session: AsyncSession) -> None:
    first = await declare(session, merger(), ACT)
    before = await all_that_is_said(session)
    shown = await correct(
        session, first.id or new_id(), merger(SPLITTING, dry_run=True), Wanted(1), new_act()
    )
    assert (shown.id, shown.dry_run, len(shown.links)) == (first.id, True, 2)
    # It would keep its id, and is not new.
    assert shown.opened[0].id == first.opened[0].id
    assert await all_that_is_said(session) == before
    wrong = merger(links=[link("QHM", "N9N1A", 0.5)], dry_run=True)
    shown = await correct(session, first.id or new_id(), wrong, Wanted(1), new_act())
    assert [each.code for each in shown.problems] == ["shares_wrong"]
    assert await all_that_is_said(session) == before


async def test_once_its_day_has_come_it_is_neither_withdrawn_nor_corrected(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    with on(DAY):
        with pytest.raises(MergerInForce) as refused:
            await withdraw(session, made.id or new_id(), Wanted(1), new_act())
        assert refused.value.code == "merger_in_force"
        with pytest.raises(MergerInForce):
            await correct(session, made.id or new_id(), merger(), Wanted(1), new_act())


async def test_what_was_to_begin_later_is_said_no_more_until_a_withdrawal(session: AsyncSession) -> None:
    old = await board(session, "QHM", EVE)
    planned = BodyName(body_id=old.id, name="A name for later", valid_from=date(2030, 1, 1))
    session.add(planned)
    await session.flush()
    made = await declare(session, merger(), ACT)
    assert planned.superseded_at is not None
    await withdraw(session, made.id or new_id(), Wanted(1), new_act())
    again = select(BodyName.valid_from).where(BodyName.name == "A name for later", is_said(BodyName, NOW))
    assert (await session.scalars(again)).all() == [date(2030, 1, 1)]


async def test_what_somebody_said_since_is_left_alone(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    old = await find_body(session, "ods:QHM", View(EVE), "footprint")
    name = select(BodyName).where(
        BodyName.body_id == old.id, is_said(BodyName, NOW), BodyName.valid_to == EVE
    )
    row = (await session.scalars(name)).one()
    Ledger(session, new_act()).restate(row, name="A better name", valid_to=EVE.replace(day=1))
    await withdraw(session, made.id or new_id(), Wanted(1), new_act())
    assert (row.name, row.valid_to, row.superseded_at) == ("A better name", EVE.replace(day=1), None)


async def test_whoever_was_assigned_to_a_body_that_will_not_be_is_so_no_longer(session: AsyncSession) -> None:
    made = await declare(session, merger(SPLITTING), ACT)
    organisation, new = made.to_be_assigned[0].id, made.opened[0].id
    assert new
    joined = Relation(from_id=organisation, to_id=new, kind="member_of", valid_from=DAY, source="by hand")
    session.add(joined)
    await session.flush()
    await withdraw(session, made.id or new_id(), Wanted(1), new_act())
    assert joined.superseded_at is not None


async def test_what_was_declared_for_a_time_can_be_read_as_it_was_said_then(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    between = now()
    await withdraw(session, made.id or new_id(), Wanted(1), new_act())
    today = (await lineage_view(session, "ods:QHM", None, View(DAY))).today
    assert [each.codes.ods for each in today] == ["QHM"]
    then = (await lineage_view(session, "ods:QHM", None, View(DAY, between))).today
    assert [each.codes.ods for each in then] == ["N9N1A"]


async def test_whoever_joins_a_body_while_it_is_taken_back_is_not_left_behind(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    trust = await body_of(session, "trust/R0A")
    joins = text(
        "INSERT INTO relation (from_id, to_id, kind, source, valid_from, recorded_at, imported)"
        " VALUES (:trust, :new, 'member_of', 'test', :day, now(), false)"
    ).bindparams(trust=trust.id, new=made.opened[0].id, day=DAY)
    connection = (await session.connection()).sync_connection
    with (
        before_bodies_are_locked(connection, lambda held: held.execute(joins)),
        pytest.raises(ChangedMeanwhile),
    ):
        await withdraw(session, made.id or new_id(), Wanted(1), new_act())


async def test_what_is_corrected_while_a_merger_is_taken_back_is_left_alone(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    old = await find_body(session, "ods:QHM", View(EVE), "footprint")
    name = select(BodyName).where(
        BodyName.body_id == old.id, is_said(BodyName, NOW), BodyName.valid_to == EVE
    )
    row = (await session.scalars(name)).one()
    day = EVE.replace(day=1)
    ends = text("UPDATE body_name SET valid_to = :day, act_id = gen_random_uuid() WHERE id = :id").bindparams(
        day=day, id=row.id
    )
    connection = (await session.connection()).sync_connection
    with before_bodies_are_locked(connection, lambda held: held.execute(ends)):
        await withdraw(session, made.id or new_id(), Wanted(1), new_act())
    await session.refresh(row)
    assert row.valid_to == day


@pytest.mark.parametrize("is_withdrawn", [True, False], ids=["withdrawn", "corrected"])
async def test_a_merger_is_not_undone_while_that_would_leave_a_trust_with_two_boards(
    session: AsyncSession, *, is_withdrawn: bool
) -> None:
    made = await declare(session, merger(), ACT)
    await move_trust(session, (await body_of(session, "trust/RX6")).id, "QOP", date(2030, 1, 1))
    merger_id, without = made.id or new_id(), merger(links=[link("QE1", "N9N1A")])
    with pytest.raises(Invalid) as refused:
        await (
            withdraw(session, merger_id, Wanted(1), new_act())
            if is_withdrawn
            else correct(session, merger_id, without, Wanted(1), new_act())
        )
    assert "North East Ambulance Service" in refused.value.detail
    assert "(ods:QOP) from 2030-01-01 on" in refused.value.detail
