"""What was said stays beside what is said; an act can be undone."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from services.registry.ledger.acts import Reasoned
from services.registry.ledger.views import NOW, is_said
from services.registry.models import BodyName, Contact, LegalForm, Relation
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.writes import body_of, ledger_of, made

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


async def test_undoing_an_act_says_again_what_it_superseded(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = await made(session)
    (name,) = (await session.scalars(select(BodyName).where(BodyName.body_id == body.id))).all()
    form = LegalForm(body_id=body.id, legal_form="charity", valid_from=date(2021, 1, 1))
    ledger_of(session).say(form)
    await session.flush()
    act = ledger_of(session)
    act.restate(name, name="Other", valid_to=date(2024, 1, 1))
    act.withdraw(form)
    later = BodyName(body_id=body.id, name="Third", valid_from=date(2024, 1, 2))
    act.say(later)
    await session.flush()
    undoing = ledger_of(session)
    assert await undoing.undo(act.act.id) == {body.id}
    await session.flush()
    assert (name.name, name.valid_to, name.superseded_at) == ("Door Openers (invented)", None, None)
    assert (name.act_id, later.superseded_by) == (undoing.act.id, undoing.act.id)
    again = select(LegalForm).where(LegalForm.body_id == body.id, is_said(LegalForm, NOW))
    (said,) = (await session.scalars(again)).all()
    assert (said.legal_form, said.valid_from, said.id != form.id) == ("charity", date(2021, 1, 1), True)


async def test_what_was_said_since_an_act_is_left_alone(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    body = await made(session)
    (name,) = (await session.scalars(select(BodyName).where(BodyName.body_id == body.id))).all()
    act = ledger_of(session)
    act.restate(name, name="Other")
    await session.flush()
    ledger_of(session).restate(name, name="Better")
    await session.flush()
    await ledger_of(session).undo(act.act.id)
    assert (name.name, name.superseded_at) == ("Better", None)


async def test_what_an_import_said_is_the_imports_again(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    trust = await body_of(session, "trust/RX6")
    wanted = select(BodyName).where(BodyName.body_id == trust.id, is_said(BodyName, NOW))
    name = (await session.scalars(wanted)).one()
    file, act = name.file, ledger_of(session)
    act.restate(name, name="Other")
    await session.flush()
    await ledger_of(session).undo(act.act.id)
    assert (name.imported, name.file) == (True, file)
    earlier = select(BodyName).where(BodyName.body_id == trust.id, BodyName.superseded_by == act.act.id)
    assert (await session.scalars(earlier)).one().file is None


async def test_the_own_facts_of_a_body_may_be_kept(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    body, board = await made(session), await body_of(session, "icb/QHM/2022-07-01")
    act = ledger_of(session)
    form = LegalForm(body_id=body.id, legal_form="charity")
    link = Relation(from_id=body.id, to_id=board.id, kind="member_of", source="x")
    act.say(form, link)
    await session.flush()
    assert await ledger_of(session).undo(act.act.id, keep_facts_of=[body.id]) == {body.id, board.id}
    assert form.superseded_at is None
    assert link.superseded_at is not None


@pytest.mark.parametrize("says_nothing", ["......", "aaaaaa", "12345", "x y z", "---", "a\nb c"])
@pytest.mark.parametrize("field", ["reason", "source"])
def test_a_reason_and_a_source_hold_words(field: str, says_nothing: str) -> None:
    given = {"reason": "It moved.", "source": "https://example.org/register"}
    Reasoned.model_validate(given)
    with pytest.raises(ValidationError, match=field):
        Reasoned.model_validate(given | {field: says_nothing})
