"""The sheets of a file: their lines with what stands in each cell, bounded whatever the file says."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from services.feedback.files.cells import FIRST_DAY, Cell

FILE_BYTES_MAX = 16 * 1_048_576
UNPACKED_BYTES_MAX = 64 * 1_048_576
SHEETS_MAX = 50
SHEET_NAME_CHARS_MAX = 200
ROWS_MAX = 10_000
COLUMNS_MAX = 200
CELL_CHARS_MAX = 10_000
# All cells of a file together: a workbook may refer to one long text from each of its cells.
CHARS_MAX = 16 * 1_048_576
# Rows that are blank count for nothing, but to read millions of them takes time.
LINES_MAX = 10 * ROWS_MAX

Media = Literal["csv", "xlsx"]


class FileFault(ValueError):
    """Why a file cannot be read, in words that never hold its content."""


class Row(NamedTuple):
    """A row that is not blank: its line as the spreadsheet counts, and its cells."""

    line: int
    cells: Sequence[Cell]


@dataclass(slots=True)
class TextRoom:
    """How many characters the sheets of one file may still hold."""

    chars: int = CHARS_MAX

    def take(self, cells: Sequence[Cell]) -> None:
        """Count the characters of these cells; FileFault where there are too many."""
        self.chars -= sum(len(cell.text) for cell in cells)
        if self.chars < 0:
            raise FileFault("the file holds too much text: split it into several files")


@dataclass(slots=True)
class Sheet:
    """A sheet that people see, and its rows that are not blank."""

    name: str
    rows: list[Row] = field(default_factory=list)
    first_day: date = FIRST_DAY
    rows_max: int = ROWS_MAX
    room: TextRoom = field(default_factory=TextRoom)

    def add(self, line: int, cells: Sequence[Cell]) -> None:
        """Add a row unless it is blank; FileFault when it is too much."""
        last = next((place for place in range(len(cells), 0, -1) if cells[place - 1].kind != "blank"), 0)
        if last > COLUMNS_MAX:
            raise FileFault(f"line {line} has more than {COLUMNS_MAX} columns: delete those you do not need")
        if any(len(cell.text) > CELL_CHARS_MAX for cell in cells):
            raise FileFault(f"a cell in line {line} has more than {CELL_CHARS_MAX:,} characters: shorten it")
        if any("\0" in cell.text for cell in cells):
            raise FileFault(f"a cell in line {line} holds U+0000, which is no text: take it out")
        self.room.take(cells)
        if last:
            self.rows.append(Row(line, cells[:last]))
        if len(self.rows) > self.rows_max + HEAD_LINES:
            raise FileFault(f"a sheet has at most {self.rows_max:,} rows: split it into several files")


# What stands above the table besides.
HEAD_LINES = 30


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file as it was read: its sheets, and what was found out of how it is written."""

    media: Media
    sheets: list[Sheet]
    hidden_sheets: int = 0
    encoding: str | None = None
    delimiter: str | None = None


def letters_of_column(place: int) -> str:
    """The letters of a column by its place from 0, as a spreadsheet shows them: A, B … Z, AA."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def place_of_letters(letters: str) -> int:
    """The place from 0 of the column with these letters."""
    place = 0
    for letter in letters.upper():
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1
