"""Errors of the sources that are overruled by hand."""

from pathlib import Path

import pytest

from services.registry.imports.corrections import FILE, Corrections
from services.registry.imports.files import BadFile, Origin, Row, read_rows
from services.registry.imports.sources import SOURCES, gather_claims
from tests.registry.extract import DATA, some_of

HEADER = "file,key,column,says,right,reason,source\n"
ROW = {"code": "A1", "name": "Wrong"}


def corrections(folder: Path, *lines: str) -> Corrections:
    """Return the corrections of a folder with these lines."""
    (folder / FILE).write_text(HEADER + "".join(f"{line}\n" for line in lines))
    return Corrections(folder)


def row() -> Row:
    """Return a row to correct."""
    return Row(dict(ROW), Origin("a.csv", 3))


def test_each_correction_that_ships_still_fits_one_row_of_a_file_that_is_read() -> None:
    for each in Corrections(DATA).all:
        assert each.file in {source.file for source in SOURCES}
        fitting = [row for row in read_rows(DATA, each.file) if each.fits(row)]
        assert len(fitting) == 1, f"{each.file}: the source may have been corrected: {each.key}"
        if not each.column:
            # What the row says is named, though the whole row is left out.
            assert each.says in fitting[0].values()


def test_each_correction_that_ships_is_told_once() -> None:
    found = gather_claims(DATA).overruled
    assert len(found) == len(set(found)) == len(Corrections(DATA).all)


def test_a_field_is_put_right_and_told(tmp_path: Path) -> None:
    by_hand = corrections(tmp_path, "a.csv,code=A1,name,Wrong,Right,It is,there")
    corrected = by_hand.correct(row())
    assert corrected == {"code": "A1", "name": "Right"}
    (line,) = by_hand.lines
    assert str(line) == "overruled by hand: a.csv, line 3, name: Wrong → Right; It is"


def test_a_row_that_is_wrong_is_left_out(tmp_path: Path) -> None:
    by_hand = corrections(tmp_path, "a.csv,code=A1|name=Wrong,,Wrong,,It is,there")
    assert by_hand.correct(row()) is None
    assert str(by_hand.lines[0]) == "overruled by hand: a.csv, line 3, the row: Wrong → left out; It is"


@pytest.mark.parametrize(
    "line",
    [
        "b.csv,code=A1,name,Wrong,Right,It is,there",
        "a.csv,code=A2,name,Wrong,Right,It is,there",
        "a.csv,code=A1,name,Other,Right,It is,there",
    ],
)
def test_what_a_source_says_otherwise_is_left_alone(tmp_path: Path, line: str) -> None:
    by_hand = corrections(tmp_path, line)
    assert by_hand.correct(row()) == ROW
    assert by_hand.lines == []


@pytest.mark.parametrize(
    "line", ["a.csv,code=A1,name,Wrong,Right,,there", "a.csv,code,name,Wrong,Right,It is,"]
)
def test_a_correction_says_why_and_which_row_it_means(tmp_path: Path, line: str) -> None:
    with pytest.raises(BadFile, match=r"line 2: a correction needs a reason, and a key such as"):
        corrections(tmp_path, line)


def test_a_folder_without_corrections_takes_those_that_ship(tmp_path: Path) -> None:
    folder = some_of(DATA, tmp_path / "one", "icb_clusters_2025.csv")
    assert len(Corrections(folder).all) == len(Corrections(DATA).all)
