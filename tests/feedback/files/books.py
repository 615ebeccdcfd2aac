"""Workbooks and CSV files that the tests of files send."""

import io
from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook

Rows = Iterable[Sequence[Any]]


def a_workbook(rows: Rows, name: str = "Answers", **hidden: Rows) -> bytes:
    """A workbook with one sheet that is shown; others are hidden as their names say."""
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = name
    for row in rows:
        sheet.append(list(row))
    for state, others in hidden.items():
        other = workbook.create_sheet(state)
        other.sheet_state = state
        for row in others:
            other.append(list(row))
    return bytes_of(workbook)


def bytes_of(workbook: Workbook) -> bytes:
    """A workbook as it is saved."""
    file = io.BytesIO()
    workbook.save(file)
    return file.getvalue()


def a_csv(*lines: str, encoding: str = "utf-8") -> bytes:
    """A CSV file with these lines."""
    return "\r\n".join([*lines, ""]).encode(encoding)
