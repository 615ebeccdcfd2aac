"""Official files that contain a declared merger adopt what was declared: nothing is there twice."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.domain import find_body
from services.registry.bodies.queries import open_bodies
from services.registry.imports.facts import BodyFacts, Catalogue, follow_value
from services.registry.imports.files import Origin
from services.registry.imports.footprints import icb_key
from services.registry.imports.known import find_registered
from services.registry.imports.recording import record_claims
from services.registry.imports.sources import files_in, gather_claims
from services.registry.imports.summary import Summary
from services.registry.ledger.views import NOW, View, is_in_force, is_said
from services.registry.lineage.domain import lineage_view
from services.registry.mergers.domain import declare
from services.registry.models import BodyName, Relation
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.mergers.examples import ACT, DAY, EVE, NORTH, merger


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    return await session_for("registry")


def official(folder: Path) -> Catalogue:
    """Return what files of a later year would say: the merger happened as it was declared."""
    catalogue = gather_claims(folder)
    key = icb_key("N9N1A", DAY.isoformat())
    at = Origin("icb_2026.csv", 99)
    new = BodyFacts(key, "icb", "later files", at, True, True, DAY, None)
    form = "statutory integrated care board"
    new.change(DAY, NORTH["name"], ods="N9N1A", ons=NORTH["ons"], form=form)
    follow_value(new.boundaries, "ICB2029", DAY, region=None, residents=5_000_000)
    catalogue.add(new)
    for ods in ("QE1", "QHM"):
        old = catalogue.bodies[icb_key(ods)]
        old.closed_on = EVE
        for history in (old.names, old.ods, old.ons, old.legal_forms, old.boundaries):
            history[-1].valid_to = EVE
        old.relate(key, "succeeded_by", (DAY, None), "later files", at, share=1.0)
    return catalogue


async def take(session: AsyncSession, folder: Path, catalogue: Catalogue) -> None:
    """Import what files say."""
    files = files_in(folder)
    registered = await find_registered(session, files)
    await record_claims(session, catalogue, registered, files, Summary(), is_whole=True)


async def test_an_import_of_what_was_declared_doubles_nothing(session: AsyncSession, extract: Path) -> None:
    made = await declare(session, merger(), ACT)
    await take(session, extract, official(extract))
    new = await find_body(session, "ods:N9N1A", View(DAY), "footprint")
    assert new.id == made.opened[0].id
    links = select(func.count()).where(
        Relation.to_id == new.id, Relation.kind == "succeeded_by", is_said(Relation, NOW)
    )
    assert await session.scalar(links) == 2
    names = select(func.count()).where(BodyName.body_id == new.id, is_in_force(BodyName, DAY, NOW))
    assert await session.scalar(names) == 1
    found = await lineage_view(session, "ons:E54000001", "STP2016", View(DAY))
    assert [(each.codes.ods, each.share) for each in found.today] == [("N9N1A", 1.0)]


@pytest.mark.parametrize(("day", "count"), [(EVE, 36), (DAY, 35)])
async def test_files_that_do_not_know_of_it_yet_leave_it_as_it_is(
    session: AsyncSession, extract: Path, day: date, count: int
) -> None:
    await declare(session, merger(), ACT)
    changed = gather_claims(extract)
    changed.bodies[icb_key("QHM")].legal_forms[0].value = "another form"
    await take(session, extract, changed)
    assert len((await session.scalars(open_bodies(View(day), "footprint"))).all()) == count
    old = await find_body(session, "ods:QHM", View(DAY), "footprint")
    assert old.valid_to == EVE
