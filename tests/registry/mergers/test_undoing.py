"""What a withdrawal restores, and what it leaves alone."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body
from services.registry.ledger.acts import Act
from services.registry.ledger.views import NOW, View, is_said
from services.registry.lineage.domain import lineage
from services.registry.mergers.correcting import withdraw
from services.registry.mergers.domain import declare
from services.registry.mergers.errors import ChangedMeanwhile
from services.registry.models import BodyName, Relation
from services.registry.settings import Settings
from shared.clock import now
from shared.ids import new_id
from tests.fixtures.databases import SessionFor
from tests.registry.mergers.examples import DAY, EVE, SPLITTING, before_bodies_are_locked, merger
from tests.registry.writes import body_of, ledger_of

ACT = Act("The boards decided so (invented).", "the boards' papers (invented)")


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


async def test_what_somebody_said_since_is_left_alone(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    old = await find_body(session, "ods:QHM", View(EVE), "footprint")
    name = select(BodyName).where(
        BodyName.body_id == old.id, is_said(BodyName, NOW), BodyName.valid_to == EVE
    )
    row = (await session.scalars(name)).one()
    ledger_of(session).restate(row, name="A better name", valid_to=EVE.replace(day=1))
    await withdraw(session, made.id or new_id(), 1, ACT)
    assert (row.name, row.valid_to, row.superseded_at) == ("A better name", EVE.replace(day=1), None)


async def test_whoever_was_assigned_to_a_body_that_will_not_be_is_so_no_longer(session: AsyncSession) -> None:
    made = await declare(session, merger(SPLITTING), ACT)
    organisation, new = made.to_be_assigned[0].id, made.opened[0].id
    assert new
    joined = Relation(from_id=organisation, to_id=new, kind="member_of", valid_from=DAY, source="by hand")
    session.add(joined)
    await session.flush()
    await withdraw(session, made.id or new_id(), 1, ACT)
    assert joined.superseded_at is not None


async def test_what_was_declared_for_a_time_can_be_read_as_it_was_said_then(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    between = now()
    await withdraw(session, made.id or new_id(), 1, ACT)
    today = (await lineage(session, "ods:QHM", None, View(DAY))).today
    assert [each.codes.ods for each in today] == ["QHM"]
    then = (await lineage(session, "ods:QHM", None, View(DAY, between))).today
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
        await withdraw(session, made.id or new_id(), 1, ACT)


async def test_what_is_corrected_while_a_merger_is_taken_back_is_left_alone(session: AsyncSession) -> None:
    made = await declare(session, merger(), ACT)
    old = await find_body(session, "ods:QHM", View(EVE), "footprint")
    name = select(BodyName).where(
        BodyName.body_id == old.id, is_said(BodyName, NOW), BodyName.valid_to == EVE
    )
    row = (await session.scalars(name)).one()
    day = EVE.replace(day=1)
    ends = text("UPDATE body_name SET valid_to = :day WHERE id = :id").bindparams(day=day, id=row.id)
    connection = (await session.connection()).sync_connection
    with before_bodies_are_locked(connection, lambda held: held.execute(ends)):
        await withdraw(session, made.id or new_id(), 1, ACT)
    assert row.valid_to == day
