"""What the registry knows when an import starts."""

from datetime import date

from sqlalchemy import select

from services.registry.bodies.restating import restate
from services.registry.imports.footprints import icb, stp
from services.registry.imports.known import everything_known, known_bodies, known_facts, references
from services.registry.models import BodyName, Relation
from services.registry.settings import Settings
from shared.ids import new_id
from tests.fixtures.databases import SessionFor


async def test_files_may_refer_to_what_is_known(imported: Settings, session_for: SessionFor) -> None:
    known = await everything_known(await session_for("registry"))
    found = references(known, frozenset({"footprint_partners_2019.csv"}))
    board = found[icb("QRL")]
    assert [code.value for code in board.ons] == ["E54000042", "E54000067"]
    assert [edition.vintage for edition in board.boundaries] == ["ICB2022", "ICB2023", "ICB2026"]
    assert (board.is_known, board.at.file) == (True, "icb_2023.csv")
    # Of the files that are there, they say themselves what it belongs to.
    assert found["ccg/00L/2013-04-01"].member_elsewhere == {stp("QVP")}
    assert stp("QHM") in references(known, frozenset())["ccg/00L/2013-04-01"].member_elsewhere


async def test_what_a_steward_corrected_is_known_beside_what_is_said(
    imported: Settings, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    body = (await known_bodies(session))["trust/RX6"]
    row = (await session.scalars(select(BodyName).where(BodyName.body_id == body.id))).one()
    said = row.name
    await restate(session, row, new_id(), name="Corrected")
    facts = (await known_facts(session, [body.id]))[body.id]
    assert {(each.name, each.imported, each.superseded_at is None) for each in facts[BodyName]} == {
        (said, True, False),
        ("Corrected", False, True),
    }
    assert all(each.valid_from != date.min for each in facts[Relation])
