"""Files of ODS as they are published."""

import csv
import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.domain import load_folder
from services.registry.imports.files import BadFile, read_rows
from services.registry.imports.ods import SUCCESSION_WIDTH, WIDTH, convert_folder
from services.registry.imports.summary import Summary
from services.registry.models import Body, BodyName, Relation
from services.registry.settings import Settings
from shared.clock import today
from tests.fixtures.databases import SessionFor
from tests.registry.extract import DATA

PUBLISHED = date(2026, 11, 27)
OPEN_PRACTICE = {
    0: "A81001",
    1: "THE DENSHAM SURGERY",
    2: "Y63",
    3: "QHM",
    4: "HEALTH CENTRE",
    9: "TS18 1HU",
    10: "19740401",
    12: "ACTIVE",
    14: "16C",
    15: "20200401",
    17: "01642 000000",
    25: "RO76",
}


def write_raw(path: Path, rows: Sequence[dict[int, str]], width: int = WIDTH) -> None:
    """Write rows as ODS does: all fields quoted, without header."""
    with path.open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            [row.get(place, "") for place in range(width)] for row in rows
        )


def converted(folder: Path, name: str = "organisations.csv") -> list[dict[str, str]]:
    """Return the rows of a file after the folder was converted."""
    with convert_folder(folder, PUBLISHED) as ready:
        return [dict(row) for row in read_rows(ready, name)]


def test_a_practice_becomes_a_row_of_organisations(tmp_path: Path) -> None:
    write_raw(tmp_path / "epraccur.csv", [OPEN_PRACTICE])
    (row,) = converted(tmp_path)
    assert {name: value for name, value in row.items() if value} == {
        "ods_code": "A81001",
        "name": "THE DENSHAM SURGERY",
        "org_type": "gp_practice",
        "status": "active",
        "open_date": "1974-04-01",
        "address": "HEALTH CENTRE",
        "postcode": "TS18 1HU",
        "phone": "01642 000000",
        "nhs_region_code": "Y63",
        "icb_2026_ods": "QHM",
        "sub_icb_2026_ods": "16C",
        "commissioner_ods": "16C",
        "commissioner_from": "2020-04-01",
        "source": "NHS ODS epraccur.csv",
        "as_of": "2026-11-27",
    }


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("epraccur.csv", {2: "W00"}),
        ("epraccur.csv", {25: "RO268"}),
        ("etr.csv", {2: ""}),
        ("etr.csv", {11: "20150331"}),
    ],
)
def test_who_is_not_known_here_is_left_out(tmp_path: Path, name: str, change: dict[int, str]) -> None:
    write_raw(tmp_path / name, [OPEN_PRACTICE | change, OPEN_PRACTICE | {0: "KNOWN", 12: "ACTIVE"}])
    assert [row["ods_code"] for row in converted(tmp_path)] == ["KNOWN"]


def test_a_closed_practice_has_no_board_and_no_telephone(tmp_path: Path) -> None:
    write_raw(tmp_path / "epraccur.csv", [OPEN_PRACTICE | {11: "20260930", 12: "INACTIVE"}])
    (row,) = converted(tmp_path)
    assert (row["status"], row["close_date"]) == ("closed", "2026-09-30")
    assert (row["icb_2026_ods"], row["phone"]) == ("", "")


def test_a_newer_list_of_successions_adds_to_those_that_ship(tmp_path: Path) -> None:
    rows = [{0: "RXX", 1: "R0A", 2: "R", 3: "20270401", 4: "P"}, {0: "RW3", 1: "R0A", 3: "20171001"}]
    write_raw(tmp_path / "succ.csv", rows, SUCCESSION_WIDTH)
    found = converted(tmp_path, "ods_successions.csv")
    shipped = list(read_rows(DATA, "ods_successions.csv"))
    assert len(found) == len(shipped) + 1
    assert (found[-1]["predecessor"], found[-1]["effective_on"]) == ("RXX", "2027-04-01")


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("epraccur.csv", {12: "Active"}, "line 1: the status 'Active' is not known"),
        ("epraccur.csv", {11: "31/03/2026"}, "line 1: '31/03/2026' is not a day such as 20260401"),
        ("etr.csv", {12: "", 11: "20260231"}, "line 1: '20260231' is not a day"),
        ("epraccur.csv", {25: "4", 12: "A"}, "no row of it is an English practice or trust in the layout of"),
    ],
)
def test_what_cannot_be_read_is_refused_by_file_and_line(
    tmp_path: Path, name: str, change: dict[int, str], words: str
) -> None:
    write_raw(tmp_path / name, [OPEN_PRACTICE | change])
    with pytest.raises(BadFile, match=re.escape(words)) as refused:
        converted(tmp_path)
    assert str(refused.value).startswith(name)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "etr.csv").touch()
    with pytest.raises(BadFile, match="no row of it"):
        converted(tmp_path)


@pytest.mark.parametrize("row", [{0: "R0A", 1: "R0A"}, {0: "R0A"}, {1: "R0A"}])
def test_a_succession_names_two_bodies(tmp_path: Path, row: dict[int, str]) -> None:
    write_raw(tmp_path / "succ.csv", [row], SUCCESSION_WIDTH)
    with pytest.raises(BadFile, match="line 1: the row must name two bodies"):
        converted(tmp_path)


def test_two_files_that_say_the_same_are_refused(tmp_path: Path) -> None:
    write_raw(tmp_path / "etr.csv", [OPEN_PRACTICE])
    (tmp_path / "organisations.csv").touch()
    with pytest.raises(BadFile, match="says the same: leave one"):
        converted(tmp_path)


def test_a_day_to_come_is_refused(tmp_path: Path) -> None:
    write_raw(tmp_path / "etr.csv", [OPEN_PRACTICE])
    tomorrow = today() + timedelta(days=1)
    with pytest.raises(BadFile, match="is still to come"), convert_folder(tmp_path, tomorrow):
        pass


def test_a_body_that_is_to_close_is_still_open(tmp_path: Path) -> None:
    write_raw(tmp_path / "etr.csv", [OPEN_PRACTICE | {11: "20991231", 12: ""}])
    (row,) = converted(tmp_path)
    assert (row["status"], row["close_date"], row["icb_2026_ods"]) == ("active", "2099-12-31", "QHM")


def test_a_file_without_a_day_is_refused(tmp_path: Path) -> None:
    write_raw(tmp_path / "etr.csv", [OPEN_PRACTICE])
    with pytest.raises(BadFile, match="say with --as-of"), convert_folder(tmp_path, None):
        pass


def test_another_layout_is_refused_with_its_line(tmp_path: Path) -> None:
    write_raw(tmp_path / "etr.csv", [OPEN_PRACTICE], WIDTH - 1)
    with (
        pytest.raises(BadFile, match=r"line 1: .*27 fields.*26"),
        convert_folder(tmp_path, PUBLISHED),
    ):
        pass


def test_a_folder_without_files_of_ods_stays_as_it_is(tmp_path: Path) -> None:
    with convert_folder(tmp_path, None) as ready:
        assert ready == tmp_path


async def load(session: AsyncSession, folder: Path) -> Summary:
    """Import files as ODS publishes them."""
    with convert_folder(folder, PUBLISHED) as ready:
        return await load_folder(session, ready, lambda *_: None)


async def test_what_shipped_and_is_published_again_changes_only_what_differs(
    imported: Settings, session_for: SessionFor, tmp_path: Path
) -> None:
    session = await session_for("registry")
    trust = next(row for row in read_rows(DATA, "organisations.csv") if row["ods_code"] == "RTF")
    raw = {0: "RTF", 1: trust["name"].upper(), 2: "Y63", 3: "QHM", 9: trust["postcode"], 17: trust["phone"]}
    raw |= {10: trust["open_date"].replace("-", ""), 4: trust["address"]}
    closing = {0: "RX6", 1: "North East Ambulance Service NHS Foundation Trust", 2: "Y63", 3: "QHM"}
    closing |= {10: "20060701", 11: "20261031"}
    write_raw(tmp_path / "etr.csv", [raw, closing])
    write_raw(tmp_path / "succ.csv", [{0: "RX6", 1: "RTF", 2: "R", 3: "20261031"}], SUCCESSION_WIDTH)
    summary = await load(session, tmp_path)
    assert {line.body for line in summary.changed} == {
        "North East Ambulance Service NHS Foundation Trust (trust/RX6)"
    }
    closed = (await session.scalars(select(Body).where(Body.key == "trust/RX6"))).one()
    assert (closed.closed_on, closed.is_closing_day_known) == (date(2026, 10, 31), True)
    link = select(Relation.valid_from).where(Relation.from_id == closed.id, Relation.kind == "succeeded_by")
    assert await session.scalar(link.where(Relation.superseded_at.is_(None))) == date(2026, 11, 1)
    names = select(BodyName.name).join(Body, Body.id == BodyName.body_id).where(Body.key == "trust/RTF")
    assert list(await session.scalars(names.where(BodyName.superseded_at.is_(None)))) == [trust["name"]]
    assert (await load(session, tmp_path)).is_without_effect
