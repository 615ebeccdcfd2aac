"""A cell of a spreadsheet as it is kept: its kind and its text, and the dates and numbers that it says."""

import math
import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple

CellKind = Literal["blank", "text", "number", "date", "error", "withheld"]
Dates = Literal["day_first", "month_first"]
# Day 60 of the older calendar never was; none that feedback is about lies before it.
FIRST_DAY, FIRST_DAY_1904 = date(1899, 12, 30), date(1904, 1, 1)
SERIAL_DAYS = range(20_000, 80_000)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: ?[AaPp][Mm])?(?:Z|[+-]\d{2}:?\d{2})?)?"
YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){TIME}")
YEAR_LAST = re.compile(rf"(\d{{1,2}})[-/. ](\d{{1,2}})[-/. ](\d{{4}}|\d{{2}}){TIME}")
WITH_WORD = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?[-/. ]([A-Za-z]{{3,9}})\.?,?[-/. ](\d{{4}}|\d{{2}}){TIME}"
)
PART_OF_DATE = re.compile(r"\d{4}(-\d{2})?")
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?%?", re.ASCII)
WITH_COMMA = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+%?", re.ASCII)
# A section of a number's format that shows no digit hides the number.
DIGIT = re.compile(r"[0#?]|General|@", re.IGNORECASE)
# No spreadsheet writes longer ones, and to look through them takes time for each cell.
FORMAT_CHARS_MAX, FORMATS_KEPT = 255, 1_000
CONDITION = re.compile(r"\[(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)\]")
LITERALS = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')


class CellFault(ValueError):
    """What is wrong with a cell, in words that never hold its content."""


class Cell(NamedTuple):
    """One cell: what kind of content it has, and the content as text."""

    kind: CellKind = "blank"
    text: str = ""


BLANK = Cell()


def cell_of_value(value: object, number_format: str = "General") -> Cell:
    """The cell of a value as a workbook keeps it."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return BLANK
    if isinstance(value, bool):
        return Cell("text", "TRUE" if value else "FALSE")
    if isinstance(value, int | float):
        if not math.isfinite(value):
            return Cell("error", "#NUM!")
        kind: CellKind = "withheld" if hides_number(number_format, value) else "number"
        return Cell(kind, "" if kind == "withheld" else text_of_number(value))
    if isinstance(value, datetime):
        whole = value.time() == time()
        return Cell("date", (value.date() if whole else value.replace(microsecond=0)).isoformat())
    if isinstance(value, date):
        return Cell("date", value.isoformat())
    return Cell("text", str(value))


def text_of_number(value: float) -> str:
    """A number as people write it: whole numbers without a point."""
    return str(int(value)) if value == int(value) else repr(float(value))


def hides_number(number_format: str, value: float) -> bool:
    """Whether a number's format shows something else in its place, such as `[<5]"*";0`."""
    if len(number_format) > FORMAT_CHARS_MAX:
        return True
    sections = sections_of_format(number_format)
    if number_format in {"General", "@"} or (len(sections) == 1 and DIGIT.search(number_format)):
        return False
    return shows_nothing(section_of_number(sections, value))


@lru_cache(FORMATS_KEPT)
def shows_nothing(section: str) -> bool:
    """Whether a section of a format shows no digit and no part of a date."""
    shown = LITERALS.sub("", section)
    return not DIGIT.search(shown) and not re.search(r"[dmyhs]", shown, re.IGNORECASE)


@lru_cache(FORMATS_KEPT)
def condition_of(section: str) -> re.Match[str] | None:
    """The condition of a section of a format."""
    return CONDITION.search(section)


@lru_cache(FORMATS_KEPT)
def sections_of_format(number_format: str) -> list[str]:
    """The sections of a number's format: semicolons within quotation marks part none."""
    sections = [""]
    for place, piece in enumerate(number_format.split('"')):
        if place % 2:
            sections[-1] += f'"{piece}"'
            continue
        first, *others = piece.split(";")
        sections[-1] += first
        sections += others
    return sections


def section_of_number(sections: list[str], value: float) -> str:
    """The section of a format that applies to a number: by its conditions, or else by its sign."""
    conditions = [condition_of(section) for section in sections]
    if any(conditions):
        for section, condition in zip(sections, conditions, strict=True):
            if condition is None or holds(condition[1], value, float(condition[2])):
                return section
        return sections[-1]
    if value < 0 and len(sections) > 1:
        return sections[1]
    return sections[2] if value == 0 and len(sections) > 2 else sections[0]


def holds(comparison: str, value: float, limit: float) -> bool:
    """Whether a number fulfils the condition of a section."""
    return {
        "<": value < limit,
        "<=": value <= limit,
        ">": value > limit,
        ">=": value >= limit,
        "=": value == limit,
        "<>": value != limit,
    }[comparison]


def is_missing(cell: Cell, words: Collection[str]) -> bool:
    """Whether a cell says nothing: it is blank, or holds a word such as `NULL`."""
    return cell.kind == "blank" or (cell.kind == "text" and cell.text.strip().casefold() in words)


def words_of_cell(cell: Cell) -> str:
    """The text of a cell; CellFault for an error of the spreadsheet or a number that it hides."""
    if cell.kind == "error":
        raise CellFault("the spreadsheet has an error here, such as #N/A: correct the cell, or empty it")
    if cell.kind == "withheld":
        raise CellFault("the format of this cell hides its number: show the number, or leave the column out")
    return cell.text


def number_of_cell(cell: Cell) -> float:
    """The number in a cell, also with a decimal comma; CellFault where it is none."""
    text = words_of_cell(cell).strip().replace("\u00a0", "").replace("\u202f", "")
    if WITH_COMMA.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif not NUMBER.fullmatch(text) and cell.kind != "number":
        raise CellFault("this is not a number")
    number = float(text.replace(",", "").rstrip("%"))
    return number / 100 if text.endswith("%") else number


def date_of_cell(cell: Cell, dates: Dates = "day_first", first_day: date = FIRST_DAY) -> str:
    """The date in a cell, a month (2026-03) or a year; CellFault where it is none.

    It may be a date of the spreadsheet, the number of a day, or a text; texts are read in England's order.
    """
    text = words_of_cell(cell).strip()
    if cell.kind == "date":
        return text[:10]
    if serial := re.fullmatch(r"(\d{5})([.,]\d+)?", text):
        days = int(serial[1])
        if days not in SERIAL_DAYS:
            raise CellFault("this number is no day of a spreadsheet")
        return (first_day + timedelta(days=days)).isoformat()
    if PART_OF_DATE.fullmatch(text):
        return text
    return date_of_text(text, dates).isoformat()


def date_of_text(text: str, dates: Dates) -> date:
    """The date that a text says; CellFault."""
    try:
        if found := YEAR_FIRST.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := WITH_WORD.fullmatch(text):
            return date(whole_year(found[3]), MONTHS.index(found[2][:3].lower()) + 1, int(found[1]))
        if found := YEAR_LAST.fullmatch(text):
            day, month = (found[1], found[2]) if dates == "day_first" else (found[2], found[1])
            return date(whole_year(found[3]), int(month), int(day))
    except ValueError as error:
        raise CellFault("there is no such day: check the order of day and month") from error
    raise CellFault("this is not a date: write it as 2026-04-03, 03/04/2026 or 3 April 2026")


def whole_year(year: str) -> int:
    """A year with its century: feedback is about this one."""
    return int(year) if len(year) == 4 else 2000 + int(year)
