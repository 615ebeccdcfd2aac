"""Files as spreadsheets write them, and files that nobody should send."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from services.feedback.files.delimited import read_delimited
from services.feedback.files.domain import read_file
from services.feedback.files.headings import find_headings, propose_columns
from services.feedback.files.sheets import (
    COLUMNS_MAX,
    ROWS_MAX,
    FileFault,
    letters_of_column,
    place_of_letters,
)
from services.feedback.files.workbooks import check_archive, read_workbook
from tests.feedback.files.books import a_csv, a_workbook, bytes_of

LINES = ("Date;Rating;Comment", '03/04/2026;4,5;"Kind; and quick"', "04/04/2026;5;Good")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_semicolons_and_marks_are_read(encoding: str) -> None:
    read = read_delimited(a_csv(*LINES, encoding=encoding))
    assert read.delimiter == ";"
    (sheet,) = read.sheets
    assert [cell.text for cell in sheet.rows[1].cells] == ["03/04/2026", "4,5", "Kind; and quick"]
    assert [row.line for row in sheet.rows] == [1, 2, 3]


def test_older_spreadsheets_write_windows_1252() -> None:
    read = read_delimited("Comment,Date\nIt was £5 – fine,2026\n".encode("windows-1252"))
    assert read.encoding == "windows-1252"
    assert read.sheets[0].rows[1].cells[0].text == "It was £5 – fine"


def test_a_line_is_counted_as_people_see_it() -> None:
    read = read_delimited(a_csv("A,B", "", '"two\nlines",x', ",", "y,z"))
    assert [row.line for row in read.sheets[0].rows] == [1, 3, 6]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'A,B\n"open,1\n2,3\n', "line 2"),
        (b"A\n" + b"x" * 10_001, "10,000 characters"),
        (b"," * COLUMNS_MAX + b"x\n", "columns"),
        (b"A,B\n\0,1\n", "U\\+0000"),
        (b"A\n" + b"x\n" * (ROWS_MAX + 40), "rows"),
        (b"\n" * 300_000, "too many lines"),
        (b"\xff\xfe\x00", "not text"),
        (b"\x81\x8d", "not text"),
        (b"PK\x03\x04 nothing", "cannot be read"),
        (b"\xd0\xcf\x11\xe0old", "save it as .xlsx"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(content: bytes, said: str) -> None:
    with pytest.raises(FileFault, match=said):
        read_file(content)


def test_hidden_sheets_are_passed_over_and_blank_rows_counted_for_nothing() -> None:
    rows = [["Date", "Comment"], [], ["2026-04-03", "Good"]]
    read = read_file(a_workbook(rows, hidden=[["Secret"]], veryHidden=[["Secret"]]))
    assert [sheet.name for sheet in read.sheets] == ["Answers"]
    assert read.hidden_sheets == 2
    assert [row.line for row in read.sheets[0].rows] == [1, 3]


def test_a_heading_merged_over_the_table_is_passed_over() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.append(["Our survey of April"])
    sheet.merge_cells("A1:C1")
    sheet.append([])
    sheet.append(["Date", "Comment", "Comment"])
    sheet.append(["2026-04-03", "Good", "#N/A"])
    sheet["C4"].data_type = "e"
    (read,) = read_file(bytes_of(workbook)).sheets
    headings = find_headings(read.rows)
    assert headings is not None
    assert headings.line == 3
    assert [(each.column, each.to) for each in propose_columns(headings.cells)] == [
        ("A", "experienced_on"),
        ("B", "answer"),
        ("C", "answer"),
    ]
    assert read.rows[-1].cells[2].kind == "error"


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 2_000_000)
    with pytest.raises(FileFault, match="unpacks"):
        check_archive(file.getvalue(), 1_000_000)


def test_a_sheet_that_names_far_cells_costs_no_more_than_it_may() -> None:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet["A1048576"] = "far below"
    with pytest.raises(FileFault, match="too many lines"):
        read_file(bytes_of(workbook))
    sheet["XFD1"] = "far right"
    with pytest.raises(FileFault):
        read_file(bytes_of(workbook))


def test_marks_of_a_few_bytes_are_counted_before_they_become_objects() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<c/>" * 1_000)
    check_archive(file.getvalue(), 10_000)
    with pytest.raises(FileFault, match="unpacks"):
        check_archive(file.getvalue(), 10_000, 999)


def test_columns_are_named_as_a_spreadsheet_names_them() -> None:
    assert [letters_of_column(place) for place in (0, 25, 26, 199)] == ["A", "Z", "AA", "GR"]
    assert all(place_of_letters(letters_of_column(place)) == place for place in range(COLUMNS_MAX))


def test_a_long_text_counts_in_each_cell_that_refers_to_it() -> None:
    shared = [["y" * 100] * 3] * 4
    assert len(read_workbook(a_workbook(shared), chars_max=1_200).sheets[0].rows) == 4
    with pytest.raises(FileFault, match="too much text"):
        read_workbook(a_workbook(shared), chars_max=1_199)
    both = Workbook()
    for sheet in (both.active, both.create_sheet()):
        assert sheet is not None
        sheet.append(["y" * 100])
    with pytest.raises(FileFault, match="too much text"):
        read_workbook(bytes_of(both), chars_max=199)
