"""Postcodes: what moved, ended or came is merged, and what leads nowhere is named by line."""

import gzip
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, text

from services.registry.areas import Postcode
from services.registry.imports.areas import POSTCODE_FILE as FILE
from services.registry.imports.areas import load_postcodes, refuse_other_columns, unpack_file
from services.registry.imports.files import BadFile
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

ROWS = (
    "postcode,lsoa21_code",
    "NE1 4LP,E01035617",
    "NE1 1AA,E09999999",
    "NE1,E01035617",
    "NE1 1AB,E01035617",
)


async def test_postcodes_that_lead_nowhere_are_listed_by_line(
    imported: Settings, tmp_path: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    (tmp_path / FILE).write_bytes(gzip.compress("\n".join(ROWS).encode()))
    counts, rejected = await load_postcodes(session, tmp_path, lambda _: None)
    assert counts["rejected"] == 2
    assert [(row.file, row.line, row.reason) for row in rejected] == [
        (FILE, 3, "small area E09999999 is not known"),
        (FILE, 4, "this is not a postcode"),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(b"postcode,lsoa21_code\nNE1 4LP,E01035617\n\xe9\n"), "line 3: invalid byte sequence"),
        (gzip.compress(b"postcode,lsoa21_code\nNE1 4LP,E01035617,x\n"), "line 2: extra data"),
        (gzip.compress("\n".join(ROWS).encode())[:-9], "not packed by gzip, or it is cut off"),
    ],
    ids=["not UTF-8", "too many fields", "cut off"],
)
async def test_a_file_of_postcodes_that_cannot_be_read_is_refused_by_line(
    imported: Settings, tmp_path: Path, session_for: SessionFor, content: bytes, reason: str
) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(BadFile, match=reason):
        await load_postcodes(await session_for("registry"), tmp_path, lambda _: None)


def test_postcodes_with_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(gzip.compress(b"lsoa21_code,postcode\n"))
    with pytest.raises(BadFile, match=r"line 1: the columns must be postcode,lsoa21_code"):
        refuse_other_columns(tmp_path)


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
    found, _ = await load_postcodes(session, folder, lambda _: None)
    assert found == {"new": 1, "changed": 1 + before - 1, "unchanged": 0, "rejected": 2}
    left = {row.postcode: row.area for row in (await session.scalars(select(Postcode))).all()}
    assert left == {"NE14LP": "E01035618", "NE10ZZ": "E01035617"}


async def test_unpacking_reports_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"x" * 3_000_000))
    reported: list[float] = []
    assert b"".join([part async for part in unpack_file(path, reported.append)]) == b"x" * 3_000_000
    assert reported[-1] == 0.3
    assert reported == sorted(reported)
