"""Appointments that were known by a day."""

from datetime import date, timedelta

from sqlalchemy import select, update

from services.registry.appointments.queries import appointments_of, known_by
from services.registry.bodies.restated import find_fact
from services.registry.ledger.views import View
from services.registry.models import Appointment, Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.writes import ledger_of


async def test_what_was_known_comes_the_latest_first(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    body = (await session.scalars(select(Body.id).where(Body.key == "stp/QVP/2016-03-15"))).one()
    assert [
        each.known_on.year for each in await appointments_of(session, [body], View(date(2026, 1, 1)))
    ] == [
        2018,
        2016,
    ]
    assert [
        each.known_on.year for each in await appointments_of(session, [body], View(date(2016, 4, 1)))
    ] == [2016]
    assert await appointments_of(session, [], View(date(2026, 1, 1))) == []


async def test_what_had_ended_is_still_what_was_known_last(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = (await session.scalars(select(Body.id).where(Body.key == "stp/QVP/2016-03-15"))).one()
    await session.execute(
        update(Appointment).where(Appointment.body_id == body).values(held_to=date(2019, 1, 1))
    )
    assert len(await appointments_of(session, [body], View(date(2026, 1, 1)))) == 2
    assert len((await session.scalars(known_by(body, View(date(2026, 1, 1))))).all()) == 2


async def test_where_clocks_differed_one_form_counts(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    body = (await session.scalars(select(Body.id).where(Body.key == "stp/QVP/2016-03-15"))).one()
    row = (await appointments_of(session, [body], View(date(2026, 1, 1))))[0]
    start = row.recorded_at
    for note, seconds in (("the second", 9), ("the third", 5)):
        ledger_of(session, at=start + timedelta(seconds=seconds)).restate(row, note=note)
    found, _ = await find_fact(session, Appointment, row.id, start + timedelta(seconds=7))
    assert found.note == "the third"
