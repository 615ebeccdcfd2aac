"""Postcodes: what moved, ended or came is merged, and what leads nowhere or outside England is named."""

import gzip
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, text

from services.registry.areas import ConstituencyException, OutsidePart, Postcode
from services.registry.imports.files import BadFile
from services.registry.imports.postcodes import (
    ENDED_FILE,
    EXCEPTIONS_FILE,
    LIVE_FILE,
    OUTSIDE_FILES,
    load_exceptions,
    load_outside,
    load_postcodes,
    outside_parts_in,
    refuse_other_columns,
    unpack_file,
)
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

ROWS = (
    "postcode,lsoa21_code",
    "NE1 4LP,E01035617",
    "NE1 1AA,E09999999",
    "NE1,E01035617",
    "NE1 1AB,E01035617",
)
ENDED = ("postcode,lsoa21_code", "NE1 1AB,E01035617", "NE1 9XX,E01035617", "NE1 9XY,E01")


def write_files(folder: Path, live: bytes, ended: bytes = "\n".join(ENDED[:1]).encode()) -> None:
    """Write both files of postcodes."""
    (folder / LIVE_FILE).write_bytes(live)
    (folder / ENDED_FILE).write_bytes(gzip.compress(ended))


async def test_postcodes_that_lead_nowhere_are_listed_by_line(
    imported: Settings, tmp_path: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    write_files(tmp_path, gzip.compress("\n".join(ROWS).encode()), "\n".join(ENDED).encode())
    counts, rejected = await load_postcodes(session, tmp_path, lambda _: None)
    assert counts["rejected"] == 3
    assert [(row.file, row.line, row.reason) for row in rejected] == [
        (LIVE_FILE, 3, "small area E09999999 is not known"),
        (LIVE_FILE, 4, "this is not a postcode"),
        (ENDED_FILE, 4, "small area E01 is not known"),
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
    write_files(tmp_path, content)
    with pytest.raises(BadFile, match=reason):
        await load_postcodes(await session_for("registry"), tmp_path, lambda _: None)


def test_postcodes_with_other_columns_are_refused(tmp_path: Path) -> None:
    write_files(tmp_path, gzip.compress(b"lsoa21_code,postcode\n"))
    with pytest.raises(BadFile, match=r"line 1: the columns must be postcode,lsoa21_code"):
        refuse_other_columns(tmp_path, LIVE_FILE)


@pytest.fixture
def folder(extract: Path, tmp_path: Path) -> Path:
    """Return a copy of the extract with few postcodes: one moved, one new, one ended, two of no use."""
    shutil.copytree(extract, tmp_path / "data")
    rows = [
        "postcode,lsoa21_code",
        "NE1 4LP,E01035618",
        "NE1 0ZZ,E01035617",
        "NE1 1AA,E09999999",
        "NE1,E01035617",
    ]
    write_files(tmp_path / "data", gzip.compress("\n".join(rows).encode()), "\n".join(ENDED[:3]).encode())
    return tmp_path / "data"


async def test_postcodes_are_added_and_moved_and_those_no_longer_live_have_ended(
    imported: Settings, folder: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    await session.execute(
        text("INSERT INTO small_area (code, name) VALUES ('E01035618', 'x') ON CONFLICT DO NOTHING")
    )
    before = (await session.scalars(select(Postcode).order_by(Postcode.postcode))).all()
    live = {each.postcode for each in before if each.is_live}
    assert "NE14LP" in live
    assert "NE11AB" not in live
    found, _ = await load_postcodes(session, folder, lambda _: None)
    # One of each file is new, and one of each moved. All others that were live have ended.
    assert found == {
        "new": 2,
        "changed": len(live) + 1,
        "unchanged": 0,
        "rejected": 2,
    }
    session.expire_all()
    left = {row.postcode: (row.area, row.is_live) for row in (await session.scalars(select(Postcode))).all()}
    assert left["NE14LP"] == ("E01035618", True)
    assert left["NE10ZZ"] == ("E01035617", True)
    assert left["NE19XX"] == ("E01035617", False)
    assert {postcode for postcode, (_, is_live) in left.items() if is_live} == {"NE14LP", "NE10ZZ"}
    again, _ = await load_postcodes(session, folder, lambda _: None)
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 4)


async def test_a_postcode_in_both_files_is_live(
    imported: Settings, tmp_path: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    await session.execute(text("DELETE FROM postcode"))
    write_files(tmp_path, gzip.compress("\n".join(ROWS).encode()), "\n".join(ENDED[:3]).encode())
    counts, rejected = await load_postcodes(session, tmp_path, lambda _: None)
    assert (counts["new"], counts["rejected"], len(rejected)) == (3, 2, 2)
    held = {row.postcode: row.is_live for row in (await session.scalars(select(Postcode))).all()}
    assert held == {"NE14LP": True, "NE11AB": True, "NE19XX": False}


async def test_exceptions_are_kept_without_their_space(
    imported: Settings, tmp_path: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    (tmp_path / EXCEPTIONS_FILE).write_bytes(
        gzip.compress(b"postcode,constituency_2024_code\nDH1 2TJ,E14001173\n")
    )
    await load_exceptions(session, tmp_path)
    found = (await session.scalars(select(ConstituencyException))).all()
    assert [(each.postcode, each.constituency) for each in found] == [("DH12TJ", "E14001173")]


def test_parts_outside_england_say_where_they_are(extract: Path) -> None:
    found = {part: (country, meaning, whole) for part, country, meaning, whole in outside_parts_in(extract)}
    assert found["CF10"] == ("Wales", None, True)
    assert found["CA6"] == ("Scotland", None, False)
    assert found["CA6 4"] == ("England", None, True)
    assert found["CA6 5"] == ("Scotland", None, False)
    assert found["ZZ99 3VZ"] == (None, "no fixed abode", True)
    assert found["ZZ99"] == (None, "normally resident overseas", False)
    assert "NE1" not in found


async def test_parts_outside_england_are_merged(
    imported: Settings, extract: Path, session_for: SessionFor
) -> None:
    session = await session_for("registry")
    await session.execute(text("DELETE FROM outside_part WHERE part = 'CF10'"))
    counts, _ = await load_outside(session, extract)
    assert (counts["new"], counts["changed"]) == (1, 0)
    parts = (await session.scalars(select(OutsidePart.part))).all()
    assert len(parts) == len(set(parts)) == counts.total()
    assert len(OUTSIDE_FILES) == 3


async def test_unpacking_reports_how_far_it_is(tmp_path: Path) -> None:
    path = tmp_path / ENDED_FILE
    path.write_bytes(gzip.compress(b"x" * 3_000_000))
    reported: list[float] = []
    assert b"".join([part async for part in unpack_file(path, reported.append)]) == b"x" * 3_000_000
    assert reported[-1] == 0.3
    assert reported == sorted(reported)
