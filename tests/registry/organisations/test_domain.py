"""Organisations as they are told, and registering one."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from services.registry.bodies.domain import find_body
from services.registry.bodies.errors import CodeTaken
from services.registry.ledger.acts import Act
from services.registry.ledger.views import NOW, View, is_in_force
from services.registry.models import Body, BodyCode, BodyName, Change, LegalForm, Relation
from services.registry.organisations.domain import organisation_view, organisation_views, register
from services.registry.organisations.schemas import NewOrganisation
from services.registry.settings import Settings
from shared.clock import today
from shared.errors import Invalid
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor
from tests.registry.writes import OPERATOR

TODAY = today()
ACT = Act("why", "where", OPERATOR)


async def test_all_that_is_told_of_a_body_is_stored_with_its_event(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    new = NewOrganisation(
        name="Ramps for All (invented)",
        kind="voluntary",
        ods="ZZ910",
        ons="Z00000001",
        legal_form="charity",
        footprint="ods:QHM",
        demonstration=True,
    )
    made = await register(session, new, ACT)
    codes = select(BodyCode.code).where(BodyCode.body_id == made.id).order_by(BodyCode.code)
    assert (await session.scalars(codes)).all() == ["Z00000001", "ZZ910"]
    assert await session.scalar(select(LegalForm.legal_form).where(LegalForm.body_id == made.id)) == "charity"
    assert await session.scalar(select(Relation.kind).where(Relation.from_id == made.id)) == "member_of"
    event = (await session.scalars(select(Outbox).where(Outbox.aggregate_id == made.id))).one()
    assert (event.sequence, made.version, made.source) == (1, 1, "registered by a steward")


async def test_a_code_of_an_open_body_is_taken_one_of_a_closed_body_is_not(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    with pytest.raises(CodeTaken):
        await register(session, NewOrganisation(name="x", kind="nhs_trust", ods="RX6"), ACT)
    assert await register(session, NewOrganisation(name="x", kind="nhs_trust", ods="R1C"), ACT)


async def test_a_code_that_another_had_is_a_new_bodys_from_today_when_no_day_is_named(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    since = select(BodyCode.valid_from)
    for ods, begins in (("R1C", TODAY), ("ZZ912", None)):
        made = await register(session, NewOrganisation(name="x", kind="nhs_trust", ods=ods), ACT)
        assert await session.scalar(since.where(BodyCode.body_id == made.id)) == begins
        assert made.codes.ods == ods
    held = select(BodyCode.body_id).where(
        BodyCode.code == "R1C", is_in_force(BodyCode, date(2015, 1, 1), NOW)
    )
    assert len((await session.scalars(held)).all()) == 1


async def test_organisations_are_told_in_the_order_asked_for(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    wanted = select(Body.id).where(Body.kind == "nhs_trust").order_by(Body.id.desc()).limit(5)
    ids = (await session.scalars(wanted)).all()
    assert [each.id for each in await organisation_views(session, ids, View(TODAY))] == list(ids)


async def test_contacts_are_those_of_the_day(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    for day, known_on in ((TODAY, [date(2026, 4, 9)] * 2), (date(2020, 1, 1), [])):
        trust = await find_body(session, "ods:RX6", View(day), "organisation")
        found = await organisation_view(session, trust, View(day))
        assert [each.known_on for each in found.contacts] == known_on


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"kind": "nhs_trust", "ods": "RZZ"}, "trust/RZZ"),
        ({"kind": "gp_practice", "ods": "Z99999"}, "practice/Z99999"),
        ({"kind": "local_authority", "ods": "999", "ons": "E06099999"}, "council/E06099999"),
        ({"kind": "nhs_trust", "ods": "RZZ", "demonstration": True}, None),
        ({"kind": "voluntary", "ods": "ZZ911"}, None),
        ({"kind": "nhs_trust"}, None),
        ({"kind": "nhs_trust", "ods": "R1C"}, None),
    ],
)
async def test_a_body_has_the_key_by_which_an_import_would_know_it(
    imported: Settings, session_for: SessionFor, given: dict[str, Any], key: str | None
) -> None:
    session = await session_for("registry")
    made = await register(session, NewOrganisation(name="x", **given), ACT)
    assert (await session.get_one(Body, made.id)).key == (key or f"hand/{made.id}")


async def test_who_registers_a_body_says_why(imported: Settings, session_for: SessionFor) -> None:
    session = await session_for("registry")
    new = NewOrganisation(name="x", kind="voluntary", reason="It opened.", source="its own letter")
    made = await register(session, new, Act(new.reason, new.source, ACT.caller))
    change = (await session.scalars(select(Change).where(Change.record_id == made.id))).one()
    name = (await session.scalars(select(BodyName).where(BodyName.body_id == made.id))).one()
    assert (change.reason, change.source, made.source) == ("It opened.", "its own letter", "its own letter")
    assert (name.act_id, name.imported) == (change.act_id, False)
    silent = NewOrganisation(name="x", kind="voluntary")
    assert silent.reason == silent.source == "registered by a steward"


@pytest.mark.parametrize(
    ("valid_from", "begins"),
    [(None, date(2022, 7, 1)), ("2010-01-01", date(2022, 7, 1)), ("2024-01-01", date(2024, 1, 1))],
)
async def test_a_body_belongs_to_a_footprint_while_there_are_both(
    imported: Settings, session_for: SessionFor, valid_from: str | None, begins: date
) -> None:
    session = await session_for("registry")
    new = NewOrganisation.model_validate(
        {"name": "x", "kind": "voluntary", "footprint": "ods:QHM", "valid_from": valid_from}
    )
    made = await register(session, new, ACT)
    link = (await session.scalars(select(Relation).where(Relation.from_id == made.id))).one()
    assert (link.valid_from, link.valid_to) == (begins, None)


async def test_a_body_does_not_belong_to_a_footprint_that_had_closed(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    new = NewOrganisation(name="x", kind="voluntary", footprint="ods:QVP", valid_from=date(2024, 1, 1))
    with pytest.raises(Invalid) as refused:
        await register(session, new, ACT)
    assert refused.value.errors[0].pointer == "/footprint"
