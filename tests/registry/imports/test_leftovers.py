"""Rows of areas and postcodes that could not be used are named by line."""

import gzip
from pathlib import Path

import pytest

from services.registry.imports.areas import load_postcodes
from services.registry.imports.leftovers import (
    POSTCODES,
    check_postcodes,
    copying_postcodes,
    rejected_postcodes,
)
from services.registry.imports.sources import BadFile
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
    (tmp_path / POSTCODES).write_bytes(gzip.compress("\n".join(ROWS).encode()))
    check_postcodes(tmp_path)
    counts = await load_postcodes(session, tmp_path, lambda _: None)
    assert counts["rejected"] == 2
    found = [(*row.at, row.reason) for row in await rejected_postcodes(session)]
    assert found == [
        (POSTCODES, 3, "no small area E09999999 is known"),
        (POSTCODES, 4, "this is no postcode"),
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
    (tmp_path / POSTCODES).write_bytes(content)
    with pytest.raises(BadFile, match=reason), copying_postcodes():
        await load_postcodes(await session_for("registry"), tmp_path, lambda _: None)


def test_postcodes_with_other_columns_are_refused(tmp_path: Path) -> None:
    (tmp_path / POSTCODES).write_bytes(gzip.compress(b"lsoa21_code,postcode\n"))
    with pytest.raises(BadFile, match=r"line 1: the columns have to be postcode,lsoa21_code"):
        check_postcodes(tmp_path)
