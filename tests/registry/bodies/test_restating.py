"""What was said stays beside what is said."""

from datetime import UTC, date, datetime

from sqlalchemy import select

from services.registry.bodies.restating import restate, supersede
from services.registry.models import BodyName, Contact
from services.registry.settings import Settings
from shared.ids import new_id
from tests.fixtures.databases import SessionFor
from tests.registry.writes import made

AT = datetime(2030, 1, 1, tzinfo=UTC)


async def test_a_fact_keeps_its_row_and_its_earlier_form_stands_beside_it(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = await made(session)
    (row,) = (await session.scalars(select(BodyName).where(BodyName.body_id == body.id))).all()
    first, act = (row.id, row.recorded_at), new_id()
    await restate(session, row, act, at=AT, name="Other", valid_to=date(2024, 1, 1))
    rows = (await session.scalars(select(BodyName).where(BodyName.body_id == body.id))).all()
    (earlier,) = [each for each in rows if each.id != row.id]
    assert (row.id, row.name, row.recorded_at, row.act_id) == (first[0], "Other", AT, act)
    assert (earlier.name, earlier.valid_to, earlier.recorded_at) == (
        "Door Openers (invented)",
        None,
        first[1],
    )
    assert (earlier.superseded_at, row.superseded_at) == (AT, None)


async def test_what_has_an_id_of_its_own_names_it_in_earlier_forms(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = await made(session)
    door = Contact(
        body_id=body.id, channel="phone", value="01", purpose="office", known_on=date(2026, 1, 1), source="x"
    )
    session.add(door)
    await session.flush()
    await restate(session, door, new_id(), value="02")
    (earlier,) = (await session.scalars(select(Contact).where(Contact.earlier_form_of == door.id))).all()
    assert (earlier.value, door.value, door.earlier_form_of) == ("01", "02", None)


def test_what_is_withdrawn_is_said_no_longer() -> None:
    row = BodyName(name="x")
    supersede(row, AT)
    assert row.superseded_at == AT
    supersede(row)
    assert row.superseded_at != AT
