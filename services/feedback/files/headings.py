"""Finds the line with the headings of a sheet, and proposes what each column becomes."""

import re
from collections.abc import Sequence
from itertools import islice

from services.feedback.files.cells import Cell
from services.feedback.files.schemas import ColumnRule, Target
from services.feedback.files.sheets import HEAD_LINES, Row, letters_of_column

# The first that fits a heading counts.
PROPOSED: tuple[tuple[Target, str], ...] = (
    (
        "external_id",
        r"((response|record|respondent|feedback|survey|unique|comment) ?)?(id|ref\w*)",
    ),
    ("organisation", r"(trust|org\w*|site|provider|ods|practice)( \w+)? code|ods( code)?"),
    ("postcode", r"post ?code\b.*"),
    ("experienced_on", r".*\b(date|month)\b.*|when .*"),
    ("rating", r".*\b(rating|score|overall experience|how likely|fft|recommend)\b.*"),
    ("touchpoint", r"(ward|clinic|service|department|unit|speciality|specialty|location)( name)?"),
    ("language", r"language"),
    (
        "answer",
        r".*\b(comments?|feedback|why|reasons?|tell us|improve|better|story|what|how)\b.*|.*\?",
    ),
)
QUESTION_CHARS_MAX = 200


def find_headings(rows: Sequence[Row]) -> Row | None:
    """The row of the headings: the first that is about as wide as the table, and holds only words.

    A title that is merged over the table is one cell wide, and is passed over.
    """
    first = list(islice(rows, HEAD_LINES))
    widest = max((width_of(row) for row in first), default=0)
    wide = (row for row in first if 5 * width_of(row) >= 3 * widest)
    return next((row for row in wide if all(each.kind in {"blank", "text"} for each in row.cells)), None)


def width_of(row: Row) -> int:
    """How many cells of a row are not blank."""
    return sum(cell.kind != "blank" for cell in row.cells)


def propose_columns(headings: Sequence[Cell]) -> list[ColumnRule]:
    """What each column becomes as its heading says; those that say nothing known are left out."""
    found: list[ColumnRule] = []
    taken: set[Target] = set()
    for place, cell in enumerate(headings):
        target = target_of_heading(cell.text)
        if target is None or target in taken:
            continue
        if target not in {"answer", "touchpoint"}:
            taken.add(target)
        found.append(ColumnRule(column=letters_of_column(place), to=target))
    return found


def target_of_heading(heading: str) -> Target | None:
    """What a heading says that its column is."""
    words = " ".join(re.sub(r"[_\-.]", " ", heading).casefold().split())[:QUESTION_CHARS_MAX]
    return next((target for target, pattern in PROPOSED if re.fullmatch(pattern, words)), None)
