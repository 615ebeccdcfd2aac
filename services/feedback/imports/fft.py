"""Reads comments of the Friends and Family Test from CSV, and says of each no more than the file knows."""

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from services.feedback.items.schemas import NewFeedback

DATA = Path(__file__).parent.parent / "data"
DEMONSTRATION = DATA / "feedback_rx6.csv.gz"
LABELS = DATA / "theme_labels_v6.csv"
COLUMNS = frozenset(
    {
        "feedback_id",
        "trust_ods_code",
        "received_date",
        "date_quality",
        "service_1",
        "fft_score",
        "question_text",
    }
    | {"text", "sentiment", "labels"}
)
SURE_OF_THE_DAY = ("sure", "month first, sure")
POLARITY = {"1": "positive", "2": "positive", "3": "mixed", "4": "negative", "5": "negative"}


class NotThisFormat(ValueError):
    """The file is not one that can be imported."""


def rows_of(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file, which may be compressed; NotThisFormat naming missing columns."""
    reader = csv.DictReader(io.StringIO(text_of(path), newline=""), restval="")
    if missing := COLUMNS - set(reader.fieldnames or ()):
        raise NotThisFormat(f"these columns are missing: {', '.join(sorted(missing))}")
    return list(reader)


def text_of(path: Path) -> str:
    """Return the text of a file; NotThisFormat when it is not UTF-8, or not whole."""
    raw = path.read_bytes()
    try:
        return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except (UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
        raise NotThisFormat("the file is not text in UTF-8, or not whole") from error


def feedback_of(row: dict[str, str]) -> NewFeedback:
    """Return the feedback of one row; ValidationError when it is none."""
    themes = themes_of(row)
    said: dict[str, Any] = {
        "kind": "survey_response",
        "answers": [{"question": row["question_text"] or None, "text": row["text"]}],
        "experienced_on": experienced_on(row),
        "organisation": f"ods:{row['trust_ods_code']}",
        "touchpoints": [row["service_1"]] if row["service_1"] else [],
        "rating": {"value": row["fft_score"], "scale": "fft"} if row["fft_score"] else None,
        "themes": themes,
        "external_id": row["feedback_id"],
    }
    return NewFeedback.model_validate(said)


def experienced_on(row: dict[str, str]) -> str | None:
    """Return the date as far as the source is sure of it: a date, or only its year."""
    date = row["received_date"]
    return (date if row["date_quality"] in SURE_OF_THE_DAY else date[:4]) or None


def themes_of(row: dict[str, str]) -> list[dict[str, str | None]]:
    """Return the themes of today's taxonomy; the sentiment is the polarity of one that stands alone."""
    labels = [label for label in row["labels"].split(";") if label]
    polarity = POLARITY.get(row["sentiment"]) if len(labels) == 1 else None
    codes = dict.fromkeys(code for label in labels if (code := present_codes().get(label)))
    return [{"code": code, "polarity": polarity} for code in codes]


@cache
def present_codes() -> dict[str, str]:
    """Return today's code of each label that has one."""
    with LABELS.open(encoding="utf-8-sig", newline="") as file:
        return {row["label_code"]: row["theme_v7_code"] for row in csv.DictReader(file)}


def readable(rows: list[dict[str, str]]) -> Iterator[NewFeedback | str]:
    """Yield the feedback of each row, or the line and the fields for which it cannot be used."""
    for line, row in enumerate(rows, 2):
        try:
            yield feedback_of(row)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, each["loc"])) or "row" for each in error.errors())
            yield f"line {line}: {fields}"
