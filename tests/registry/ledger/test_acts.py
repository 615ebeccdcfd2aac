"""What was said stays beside what is said; an act can be undone."""

from datetime import UTC, date, datetime

from sqlalchemy import select

from services.registry.models import BodyName, Contact
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.writes import ledger_of, made

AT = datetime(2030, 1, 1, tzinfo=UTC)


async def test_a_fact_keeps_its_row_and_its_earlier_form_stands_beside_it(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = await made(session)
    (row,) = (await session.scalars(select(BodyName).where(BodyName.body_id == body.id))).all()
    first, ledger = (row.id, row.recorded_at), ledger_of(session, at=AT)
    ledger.restate(row, name="Other", valid_to=date(2024, 1, 1))
    await session.flush()
    rows = (await session.scalars(select(BodyName).where(BodyName.body_id == body.id))).all()
    (earlier,) = [each for each in rows if each.id != row.id]
    assert (row.id, row.name, row.recorded_at, row.act_id) == (first[0], "Other", AT, ledger.act.id)
    assert (earlier.name, earlier.valid_to, earlier.recorded_at) == (
        "Door Openers (invented)",
        None,
        first[1],
    )
    assert (earlier.superseded_at, row.superseded_at) == (AT, None)
    assert (earlier.superseded_by, earlier.earlier_form_of) == (ledger.act.id, row.id)


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
    ledger_of(session).restate(door, value="02")
    (earlier,) = (await session.scalars(select(Contact).where(Contact.earlier_form_of == door.id))).all()
    assert (earlier.value, door.value, door.earlier_form_of) == ("01", "02", None)


async def test_what_is_withdrawn_is_said_no_longer(imported: Settings, session_for: SessionFor) -> None:
    ledger, row = ledger_of(await session_for("registry"), at=AT), BodyName(name="x")
    ledger.withdraw(row)
    assert (row.superseded_at, row.superseded_by) == (AT, ledger.act.id)
