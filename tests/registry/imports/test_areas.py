"""Small areas and postcodes: what moved, ended or came is merged."""

import gzip
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, text

from services.registry.imports.areas import load_postcodes, load_small_areas, unpacked
from services.registry.models import Postcode, SmallArea
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor


def silent(_: float) -> None:
    """Report to nobody."""


@pytest.fixture
def folder(extract: Path, tmp_path: Path) -> Path:
    """Return a copy of the extract with three postcodes: one moved, one new, two that cannot be used."""
    shutil.copytree(extract, tmp_path / "data")
    rows = [
        "postcode,lsoa21_code",
        "NE1 4LP,E01035618",
        "NE1 0ZZ,E01035617",
        "NE1 1AA,E09999999",
        "NE1,E01035617",
    ]
    (tmp_path / "data" / "postcode_lookup.csv.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    return tmp_path / "data"


async def test_postcodes_are_added_moved_and_removed(
    imported: Settings, folder: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    await session.execute(
        text("INSERT INTO small_area (code, name) VALUES ('E01035618', 'x') ON CONFLICT DO NOTHING")
    )
    before = len((await session.scalars(select(Postcode.postcode))).all())
    found = await load_postcodes(session, folder, silent)
    assert found == {"new": 1, "changed": 1 + before - 1, "unchanged": 0, "rejected": 2}
    left = {row.postcode: row.area for row in (await session.scalars(select(Postcode))).all()}
    assert left == {"NE14LP": "E01035618", "NE10ZZ": "E01035617"}


async def test_a_small_area_that_changed_is_changed(
    imported: Settings, extract: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    await session.execute(text("UPDATE small_area SET name = 'y' WHERE code = 'E01035617'"))
    found = await load_small_areas(session, extract, silent)
    assert (found["new"], found["changed"]) == (0, 1)
    name = await session.scalar(select(SmallArea.name).where(SmallArea.code == "E01035617"))
    assert name == "Newcastle upon Tyne 036A"


def test_unpacking_reports_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"x" * 3_000_000))
    reported: list[float] = []
    assert b"".join(unpacked(path, reported.append)) == b"x" * 3_000_000
    assert reported[-1] == 1
    assert reported == sorted(reported)
