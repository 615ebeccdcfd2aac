"""The files that the registry is filled from, as rows."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path

Row = dict[str, str]


def rows(folder: Path, name: str) -> Iterator[Row]:
    """Yield the rows of one CSV file; a blank field is not known."""
    path = folder / name
    with (
        gzip.open(path, "rt", encoding="utf-8")
        if path.suffix == ".gz"
        else path.open(encoding="utf-8") as file
    ):
        yield from csv.DictReader(file)


def day(text: str) -> date | None:
    """Return the day that a field names; a year or a month stands for its first day. ValueError when none."""
    return date.fromisoformat(text + "0000-01-01"[len(text) :]) if text else None


def whole(text: str) -> int | None:
    """Return the number that a field holds, if it holds one."""
    return int(text) if text else None
