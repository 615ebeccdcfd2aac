"""The files that the registry is filled from, as rows that know their file and line."""

import gzip
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

from shared.csv_rows import BadCsv, rows_of_csv

T = TypeVar("T")
SHOWN = 40
NOT_PACKED = (EOFError, gzip.BadGzipFile, zlib.error)
CUT_OFF = "the file is not packed by gzip, or it is cut off"


class Origin(NamedTuple):
    """Where something is said: the file and the line in it."""

    file: str
    line: int


class Column(str):
    """The name of a column, where a text could stand as well."""

    __slots__ = ()


class BadFile(Exception):
    """A file that cannot be read. Nothing is imported until it is corrected."""

    def __init__(self, file: str, reason: str, *, line: int | None = None, column: str | None = None) -> None:
        place = [file, f"line {line}" if line else None, f"column {column}" if column else None]
        super().__init__(f"{', '.join(each for each in place if each)}: {reason}")


class Row(dict[str, str]):
    """One row of a file by column, and what its facts are taken from; a blank field is not known."""

    __slots__ = ("at", "source")

    def __init__(self, values: dict[str, str], at: Origin, source: str = "") -> None:
        super().__init__(values)
        self.at = at
        self.source = self[source] if isinstance(source, Column) else source

    def __missing__(self, column: str) -> str:
        """Refuse a file that lacks a column."""
        raise BadFile(self.at.file, "the file lacks this column", line=1, column=column)

    def day(self, column: str) -> date | None:
        """The day in a column, if it holds one; BadFile when it holds something else."""
        return self.parse(column, parse_day, "is not a day: write it as 2026-04-01")

    def whole(self, column: str) -> int | None:
        """The whole number in a column, if it holds one; BadFile when it holds something else."""
        return self.parse(column, parse_whole, "is not a whole number")

    def share(self, column: str) -> float:
        """The share in a column, from 0 to 1; BadFile when it holds something else."""
        return self.parse(column, parse_share, "is not a share from 0 to 1")

    def listed(self, column: str) -> list[str]:
        """The values in a column that lists several, with semicolons between them."""
        return [value for value in self[column].split(";") if value]

    def parse(self, column: str, parse: Callable[[str], T], reason: str) -> T:
        """What a field holds; BadFile with the reason when it cannot be parsed."""
        try:
            return parse(self[column])
        except ValueError as error:
            reason = f"{self[column][:SHOWN]!r} {reason}"
            raise BadFile(self.at.file, reason, line=self.at.line, column=column) from error


def read_rows(folder: Path, name: str, source: str = "") -> Iterator[Row]:
    """The rows of one CSV file, from a source (a text or a `Column`); BadFile when it cannot be read."""
    with closing(lines_of(folder / name)) as lines:
        try:
            rows = rows_of_csv(lines)
            _, columns = next(rows, (1, []))
            if not columns:
                raise BadFile(name, "the file is empty: its first line must name the columns")
            for line, fields in rows:
                if len(fields) != len(columns):
                    reason = f"the row must have {len(columns)} fields, one for each column"
                    raise BadFile(name, reason, line=line)
                yield Row(dict(zip(columns, fields, strict=True)), Origin(name, line), source)
        except BadCsv as error:
            raise BadFile(name, error.reason, line=error.line) from error


def lines_of(path: Path) -> Generator[str]:
    """The lines of a file, packed or not; BadFile for what is not text."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        number = 0
        try:
            for number, line in enumerate(file, 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if "\0" in text:
                    raise BadFile(path.name, "the line has a NUL character", line=number)
                yield text
        except UnicodeDecodeError as error:
            column = f"byte {error.start + 1}"
            raise BadFile(path.name, f"the line is not UTF-8 ({column})", line=number) from error
        except NOT_PACKED as error:
            raise BadFile(path.name, CUT_OFF) from error


def parse_day(text: str) -> date | None:
    """The day that a field names; a year or a month stands for its first day. ValueError for other text."""
    return date.fromisoformat(text + "0000-01-01"[len(text) :]) if text else None


def parse_whole(text: str) -> int | None:
    """The number that a field holds, if it holds one. ValueError for other text."""
    return int(text) if text else None


def parse_share(text: str) -> float:
    """The share that a field holds. ValueError for other text."""
    if 0 <= (share := float(text)) <= 1:
        return share
    raise ValueError(text)
