"""Where practices are, when their file comes alone."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, text

from services.registry.imports.addresses import place_addresses
from services.registry.imports.domain import load
from services.registry.imports.parts import AREAS
from services.registry.lookup.models import KnownPosition
from services.registry.models import Body
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.extract import Row, change, some_of

MOVED = "A86003"


@pytest.fixture
def folder(extract: Path, tmp_path: Path) -> Path:
    """Return a folder in which one practice moved, and one went to an area that is not known."""
    folder = some_of(extract, tmp_path / "moved", "organisations.csv")
    areas = {MOVED: "E01035617", "A86004": "E09999999"}

    def edit(row: Row) -> Row:
        return row | {"lsoa21_code": areas.get(row["ods_code"], row["lsoa21_code"])}

    change(folder, "organisations.csv", edit)
    return folder


async def test_who_moved_is_elsewhere_and_all_others_stay(
    imported: Settings, folder: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    areas = select(Body.key, Body.area).where(Body.area.is_not(None))
    before = dict((await session.execute(areas)).all())
    await place_addresses(session, folder)
    after = dict((await session.execute(areas)).all())
    assert {key for key in before if before[key] != after[key]} == {f"practice/{MOVED}"}
    assert after[f"practice/{MOVED}"] == "E01035617"
    here = select(KnownPosition.latitude).where(KnownPosition.area == "E01035617")
    assert 54.9761 in (await session.scalars(here)).all()
    await session.execute(text("DROP TABLE address_read, position_found"))
    assert (await place_addresses(session, folder))["changed"] == 0


@pytest.mark.parametrize("beside", [(), sorted(AREAS.files)], ids=["alone", "with the areas"])
async def test_an_older_file_moves_nobody_back(
    imported: Settings, extract: Path, tmp_path: Path, session_for: SessionFor, beside: Sequence[str]
) -> None:
    folder = some_of(extract, tmp_path / "older", "organisations.csv", *beside)
    moved = {"lsoa21_code": "E01035617", "lat": "54.9", "lon": "-1.6", "as_of": "2020-01-01"}
    change(folder, "organisations.csv", lambda row: row | moved if row["ods_code"] == MOVED else row)
    session = await session_for("registry")
    areas = select(Body.key, Body.area).where(Body.area.is_not(None)).order_by(Body.key)
    positions = select(KnownPosition.area, KnownPosition.latitude, KnownPosition.longitude)
    before = [set((await session.execute(each)).all()) for each in (areas, positions)]
    await load(session, folder, lambda *_: None)
    assert [set((await session.execute(each)).all()) for each in (areas, positions)] == before
