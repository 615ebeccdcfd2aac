"""The labelled comments that ship, as examples to learn from."""

import csv
import gzip
from pathlib import Path
from typing import NamedTuple

DATA = Path(__file__).parent.parent / "data"
FILES = ("feedback_rx6.csv.gz", "feedback_rha.csv.gz")
LABELS = DATA / "theme_labels_v6.csv"
EDITION = "v7"


class Example(NamedTuple):
    """A comment, what was asked, and the themes that people saw in it."""

    respondent: str
    text: str
    question: str | None
    rating: int | None
    labels: frozenset[str]


def read_examples() -> list[Example]:
    """Every labelled comment that ships, with labels of today's edition."""
    with LABELS.open(encoding="utf-8-sig", newline="") as file:
        codes = {row["label_code"]: row["theme_v7_code"] for row in csv.DictReader(file)}
    return [example_of_row(row, codes) for name in FILES for row in read_rows_of(DATA / name)]


def read_rows_of(path: Path) -> list[dict[str, str]]:
    """The rows of a compressed file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def example_of_row(row: dict[str, str], codes: dict[str, str]) -> Example:
    """The example in a row. All answers of one person share the id up to its last part."""
    labels = (codes.get(label) for label in row["labels"].split(";"))
    return Example(
        respondent=row["feedback_id"].rpartition("-")[0],
        text=row["text"],
        question=row["question_text"] or None,
        rating=int(row["fft_score"]) if row["fft_score"] in {"1", "2", "3", "4", "5"} else None,
        labels=frozenset(label for label in labels if label),
    )
