"""The labelled comments that ship, as examples to learn from."""

import csv
import gzip
from pathlib import Path
from typing import NamedTuple

from services.feedback.themes.taxonomy import code_of_today

DATA = Path(__file__).parent.parent / "data"
FILES = ("feedback_rx6.csv.gz", "feedback_rha.csv.gz")


class Example(NamedTuple):
    """A comment, what was asked, and the themes that people saw in it."""

    respondent: str
    text: str
    question: str | None
    rating: int | None
    labels: frozenset[str]
    # What a model suggested and a person refused: they read it, also where they gave no label.
    refused: frozenset[str] = frozenset()


def read_examples() -> list[Example]:
    """Every labelled comment that ships, with labels of today's edition."""
    return [example_of_row(row) for name in FILES for row in read_packed_rows(DATA / name)]


def read_packed_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a compressed file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def example_of_row(row: dict[str, str]) -> Example:
    """The example in a row. All answers of one person share the id up to its last part."""
    labels = (code_of_today("v6", label) for label in row["labels"].split(";") if label)
    return Example(
        respondent=row["feedback_id"].rpartition("-")[0],
        text=row["text"],
        question=row["question_text"] or None,
        rating=int(row["fft_score"]) if row["fft_score"] in {"1", "2", "3", "4", "5"} else None,
        labels=frozenset(label for label in labels if label),
    )
