"""Reads XLSX and XLSM: values alone. No macro runs, no link is followed, and no formula is computed."""

import io
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date

from openpyxl import load_workbook
from openpyxl.cell.cell import Cell as WrittenCell
from openpyxl.cell.cell import MergedCell
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
from openpyxl.utils.datetime import MAC_EPOCH
from openpyxl.workbook.workbook import Workbook
from openpyxl.worksheet._read_only import ReadOnlyWorksheet

from services.feedback.files.cells import BLANK, FIRST_DAY, FIRST_DAY_1904, Cell, cell_of_value
from services.feedback.files.sheets import (
    CHARS_MAX,
    LINES_MAX,
    ROWS_MAX,
    SHEET_NAME_CHARS_MAX,
    SHEETS_MAX,
    UNPACKED_BYTES_MAX,
    FileFault,
    ReadFile,
    Sheet,
    TextRoom,
)

PARTS_MAX = 1_000
# A mark of a few bytes becomes an object of hundreds.
MARKS_MAX, CHUNK_BYTES = 1_500_000, 1_048_576
# Cells that are named and blank cost as much as others.
CELLS_MAX = 4_000_000
OLD_WORKBOOK = b"\xd0\xcf\x11\xe0"
TOO_MUCH = "the workbook unpacks to too much: delete pictures, sheets and blank cells that you do not need"
NOT_READ = "the workbook cannot be read: open it in your spreadsheet program and save it as .xlsx again"


def read_workbook(
    content: bytes,
    unpacked_bytes_max: int = UNPACKED_BYTES_MAX,
    rows_max: int = ROWS_MAX,
    chars_max: int = CHARS_MAX,
) -> ReadFile:
    """The sheets of a workbook that are not hidden; FileFault."""
    room = TextRoom(chars_max)
    with warnings.catch_warnings(), open_workbook(content, unpacked_bytes_max) as workbook:
        warnings.simplefilter("ignore")  # of what openpyxl leaves out: none of it is a value
        first_day = FIRST_DAY_1904 if workbook.epoch == MAC_EPOCH else FIRST_DAY
        try:
            if len(workbook.worksheets) > SHEETS_MAX:
                raise FileFault(f"a workbook has at most {SHEETS_MAX} sheets")
            shown = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
            sheets = [
                read_sheet(sheet, first_day, rows_max, room)
                for sheet in shown
                if isinstance(sheet, ReadOnlyWorksheet)
            ]
        except FileFault:
            raise
        except Exception as error:  # whatever a library stumbles over in a file that others made
            raise FileFault(NOT_READ) from error
    return ReadFile("xlsx", sheets, hidden_sheets=len(workbook.worksheets) - len(shown))


@contextmanager
def open_workbook(content: bytes, unpacked_bytes_max: int) -> Iterator[Workbook]:
    """A workbook that is open as long as the block runs; FileFault."""
    # Whoever may read more bytes may read more marks.
    marks_max = MARKS_MAX * unpacked_bytes_max // UNPACKED_BYTES_MAX
    check_archive(content, unpacked_bytes_max, marks_max)
    try:
        workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # whatever a library stumbles over in a file that others made
        raise FileFault(NOT_READ) from error
    with closing(workbook):
        yield workbook


def check_archive(content: bytes, unpacked_bytes_max: int, marks_max: int = MARKS_MAX) -> None:
    """Refuse with FileFault what is no workbook, or unpacks to more than is read."""
    if content.startswith(OLD_WORKBOOK):
        raise FileFault("this is an old .xls workbook, or one with a password: save it as .xlsx without one")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            # A part that is larger than it says ends with an error when it is read.
            if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > unpacked_bytes_max:
                raise FileFault(TOO_MUCH)
            marks = sum(count_marks(archive, part, marks_max) for part in parts)
    except FileFault:
        raise
    except Exception as error:  # whatever a library stumbles over in a file that others made
        raise FileFault(NOT_READ) from error
    if marks > marks_max:
        raise FileFault(TOO_MUCH)


def count_marks(archive: zipfile.ZipFile, part: zipfile.ZipInfo, marks_max: int) -> int:
    """How many marks (`<`) a part has, counted no further than one that has too many."""
    marks = 0
    with archive.open(part) as file:
        while marks <= marks_max and (chunk := file.read(CHUNK_BYTES)):
            marks += chunk.count(b"<")
    return marks


def read_sheet(source: ReadOnlyWorksheet, first_day: date, rows_max: int, room: TextRoom) -> Sheet:
    """The rows of one sheet; what it says of its own size is not believed."""
    source.reset_dimensions()
    sheet = Sheet(str(source.title)[:SHEET_NAME_CHARS_MAX], first_day=first_day, rows_max=rows_max, room=room)
    for line, cells in lines_of_sheet(source):
        if line > LINES_MAX:
            raise FileFault("a sheet has too many lines: delete the blank ones")
        sheet.add(line, cells)
    return sheet


def lines_of_sheet(source: ReadOnlyWorksheet) -> Iterator[tuple[int, list[Cell]]]:
    """Yield the number of each line, and its cells; FileFault when there are too many of them."""
    left = CELLS_MAX
    rows = source.iter_rows()  # type: ignore[misc]  # bound elsewhere
    for line, row in enumerate(rows, 1):
        left -= len(row)
        if left < 0:
            raise FileFault(TOO_MUCH)
        yield line, [cell_of_written(cell) for cell in row]


def cell_of_written(cell: EmptyCell | ReadOnlyCell | WrittenCell | MergedCell) -> Cell:
    """The cell as it is kept: an error stays an error, and is no blank."""
    if isinstance(cell, EmptyCell) or cell.value is None:
        return BLANK
    if cell.data_type == "e":
        return Cell("error", str(cell.value)[:20])
    return cell_of_value(cell.value, str(cell.number_format))
