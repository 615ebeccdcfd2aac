"""The files that the registry is filled from, as rows that know where they stand."""

import csv
import gzip
import math
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

SHOWN = 40
NOT_PACKED = (EOFError, gzip.BadGzipFile, zlib.error)
CUT_OFF = "the file is not packed by gzip, or it is cut off"


class Origin(NamedTuple):
    """Where something is said: the file and the line in it."""

    file: str
    line: int


class BadFile(Exception):
    """A file that cannot be read: nothing is imported until it is put right."""

    def __init__(self, file: str, reason: str, *, line: int | None = None, column: str | None = None) -> None:
        place = [file, f"line {line}" if line else None, f"column {column}" if column else None]
        super().__init__(f"{', '.join(each for each in place if each)}: {reason}")


class Row(dict[str, str]):
    """One row of a file by column; a blank field is not known."""

    __slots__ = ("at",)

    def __init__(self, values: dict[str, str], at: Origin) -> None:
        super().__init__(values)
        self.at = at

    def __missing__(self, column: str) -> str:
        """Refuse a file that lacks a column."""
        raise BadFile(self.at.file, "there is no such column", line=1, column=column)

    def day(self, column: str) -> date | None:
        """Return the day in a column; BadFile when it holds something else."""
        try:
            return day(self[column])
        except ValueError as error:
            raise self.bad(column, "is no day: write it as 2026-04-01") from error

    def whole(self, column: str) -> int | None:
        """Return the number in a column; BadFile when it holds something else."""
        try:
            return whole(self[column])
        except ValueError as error:
            raise self.bad(column, "is no whole number") from error

    def share(self, column: str) -> float:
        """Return the share in a column, from 0 to 1; BadFile when it holds something else."""
        try:
            found = float(self[column])
        except ValueError:
            found = math.nan
        if not 0 <= found <= 1:
            raise self.bad(column, "is no share from 0 to 1")
        return found

    def bad(self, column: str, reason: str) -> BadFile:
        """Return the error that a field makes."""
        return BadFile(self.at.file, f"{self[column][:SHOWN]!r} {reason}", line=self.at.line, column=column)


def rows(folder: Path, name: str) -> Iterator[Row]:
    """Yield the rows of one CSV file; BadFile when it is none."""
    reader = csv.DictReader(lines_of(folder / name))
    try:
        if not reader.fieldnames:
            raise BadFile(name, "the file is empty: its first line has to name the columns")
        for values in reader:
            at = Origin(name, reader.line_num)
            if None in values or None in values.values():
                reason = f"the row has not {len(reader.fieldnames)} fields, as many as there are columns"
                raise BadFile(name, reason, line=at.line)
            yield Row(values, at)
    except csv.Error as error:
        raise BadFile(name, f"this is no CSV: {error}", line=reader.line_num) from error


def lines_of(path: Path) -> Iterator[str]:
    """Yield the lines of a file, packed or not; BadFile for what is not text."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        number = 0
        try:
            for number, line in enumerate(file, 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8")
                if "\0" in text:
                    raise BadFile(path.name, "the line holds a NUL character", line=number)
                yield text
        except UnicodeDecodeError as error:
            column = f"byte {error.start + 1}"
            raise BadFile(path.name, f"the line is not UTF-8 ({column})", line=number) from error
        except NOT_PACKED as error:
            raise BadFile(path.name, CUT_OFF) from error


def day(text: str) -> date | None:
    """Return the day that a field names; a year or a month stands for its first day. ValueError when none."""
    return date.fromisoformat(text + "0000-01-01"[len(text) :]) if text else None


def whole(text: str) -> int | None:
    """Return the number that a field holds, if it holds one."""
    return int(text) if text else None
