"""The directory as CSV: whatever the names, it reads back the same, and no spreadsheet runs it."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.directory.spreadsheet import COLUMNS, SUSPECT, harmless_text, lines_of, rows_of
from tests.registry.directory.entries import door, entry, leader

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
HOSTILE = st.one_of(TEXT, st.sampled_from(SUSPECT).flatmap(lambda first: TEXT.map(lambda rest: first + rest)))


def read(written: bytes) -> list[list[str]]:
    """Return the rows as a reader gets them, without the apostrophes that were put before cells."""
    rows = csv.reader(io.StringIO(written.decode(), newline=""), strict=True)
    return [[cell.removeprefix("'") for cell in row] for row in rows]


@given(st.lists(st.lists(HOSTILE, min_size=2, max_size=4), min_size=1, max_size=4))
def test_hostile_cells_come_back_as_they_were_and_run_nowhere(rows: list[list[str]]) -> None:
    written = lines_of(rows)
    assert read(written) == rows
    assert written.endswith(b"\r\n")
    raw = csv.reader(io.StringIO(written.decode(), newline=""), strict=True)
    assert not any(cell.startswith(tuple("=+-@\t\r\n")) for row in raw for cell in row)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+44 20 7946 0000", "-1", "@SUM(A1)", "\tx", "\rx", "\nx", "＝1", "'x"]
)
def test_what_could_be_a_formula_has_an_apostrophe(cell: str) -> None:
    assert harmless_text(cell) == f"'{cell}"


def test_other_cells_are_left_alone() -> None:
    assert [harmless_text(each) for each in ("a=1", "", None, 7)] == ["a=1", "", "", "7"]


def test_a_row_for_each_door_and_one_for_a_body_without() -> None:
    two = entry(doors=[door(), door(channel="phone", value="+442079460000", accessible=["bsl", "relay"])])
    rows = [dict(zip(COLUMNS, map(str, row), strict=True)) for row in rows_of(two)]
    assert [row["channel"] for row in rows] == ["email", "phone"]
    assert rows[1]["accessible"] == "bsl relay"
    assert (rows[0]["freshness"], rows[0]["footprint"], rows[0]["as_of"]) == (
        "fresh",
        "A board",
        "2026-11-23",
    )
    (without,) = rows_of(entry(leaders=[leader(), leader(role="chief", holder=None, status="vacant")]))
    found = dict(zip(COLUMNS, without, strict=True))
    assert (found["leader"], found["leader_role"]) == ("A Person; ", "chair; chief")
    assert (found["channel"], found["demonstration"]) == ("", "false")
