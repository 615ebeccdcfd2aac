"""What the registers are, and for which day each says so."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.domain import load_folder
from services.registry.imports.files import BadFile
from services.registry.imports.registers import LIST, measure_file, read_list, undescribed_in
from services.registry.imports.summary import Summary
from services.registry.registers.models import Register
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor
from tests.registry.extract import DATA, Row, change, some_of

FILE = "nhs_regions_history.csv"


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    """Return a session on a registry that knows the extract."""
    return await session_for("registry")


async def run(session: AsyncSession, folder: Path) -> Summary:
    """Import a folder."""
    return await load_folder(session, folder, lambda *_: None)


async def register(session: AsyncSession, file: str = FILE) -> Register:
    """Return what the registry knows of a register."""
    return await session.get_one(Register, file, populate_existing=True)


async def test_the_same_file_again_is_no_news(session: AsyncSession, extract: Path, tmp_path: Path) -> None:
    before = dict(vars(await register(session)))
    summary = await run(session, some_of(extract, tmp_path / "same", FILE))
    assert summary.counts["registers"]["changed"] == 0
    after = vars(await register(session))
    assert {name: after[name] for name in before if name[0] != "_"} == {
        name: value for name, value in before.items() if name[0] != "_"
    }


async def test_another_file_without_a_list_has_no_known_day(
    session: AsyncSession, extract: Path, tmp_path: Path
) -> None:
    known = await register(session)
    was, imported_at = known.rows, known.imported_at
    newer = some_of(extract, tmp_path / "newer", FILE)
    change(newer, FILE, lambda row: row, more=[{"ods_code": "Y99", "ons_code": "E40000099", "name": "Far"}])
    assert (await run(session, newer)).counts["registers"]["changed"] == 1
    found = await register(session)
    assert (found.as_of, found.rows, found.imported_at > imported_at) == (None, was + 1, True)


async def test_a_list_beside_the_files_says_their_day(
    session: AsyncSession, extract: Path, tmp_path: Path
) -> None:
    newer = some_of(extract, tmp_path / "newer", FILE, LIST)

    def dated(row: Row) -> Row:
        return row | ({"as_of": "2026-11-01", "next_update": "2027-02"} if row["file"] == FILE else {})

    change(newer, LIST, dated)
    await run(session, newer)
    found = await register(session)
    assert (str(found.as_of), str(found.next_update)) == ("2026-11-01", "2027-02-01")


async def test_the_days_of_its_rows_say_more_than_the_list(session: AsyncSession) -> None:
    assert str((await register(session, "organisations.csv")).as_of) == "2026-07-01"


def test_a_file_that_no_list_describes_is_named(tmp_path: Path) -> None:
    assert undescribed_in(tmp_path, frozenset({FILE, "new.csv"})) == ["new.csv"]


@pytest.mark.parametrize("file", ["", FILE])
def test_a_list_names_each_file_once(tmp_path: Path, file: str) -> None:
    (tmp_path / LIST).write_text(f"file,name\n{FILE},one\n{file},two\n")
    with pytest.raises(BadFile, match=r"^registers\.csv, line 3: the row must name a file that no other"):
        read_list(tmp_path)


def test_rows_and_outlines_are_counted() -> None:
    assert measure_file(DATA / FILE)[0] == 10
    assert measure_file(DATA / "icb_2023_boundaries.geojson.gz")[0] == 42


def test_a_file_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lsoa_lookup.csv.gz"
    path.write_bytes((DATA / "lsoa_lookup.csv.gz").read_bytes()[:1000])
    with pytest.raises(BadFile, match=r"cut off"):
        measure_file(path)
