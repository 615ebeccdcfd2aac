"""Reads comments of the Friends and Family Test from CSV, and claims no more than the file says."""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from services.feedback.items.schemas import NewFeedback
from shared.csv_rows import BadCsv, rows_of_csv

DATA = Path(__file__).parent.parent / "data"
DEMONSTRATION = DATA / "feedback_rx6.csv.gz"
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
    """The file cannot be imported."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of a file: the line on which it begins, and its fields by column, if there is one for each."""

    line: int
    fields: dict[str, str] | None


def read_rows(path: Path) -> list[FileRow]:
    """The rows of a CSV file, which may be compressed; NotThisFormat where it cannot be read."""
    rows = rows_of_csv(io.StringIO(read_text(path), newline=""))
    try:
        _, columns = next(rows, (1, []))
        if missing := COLUMNS - set(columns):
            raise NotThisFormat(f"these columns are missing: {', '.join(sorted(missing))}")
        return [
            FileRow(line, dict(zip(columns, row, strict=True)) if len(row) == len(columns) else None)
            for line, row in rows
        ]
    except BadCsv as error:
        raise NotThisFormat(f"{error}. Nothing was imported.") from error


def read_text(path: Path) -> str:
    """The text of a file; NotThisFormat if it is not UTF-8, or not complete."""
    raw = path.read_bytes()
    try:
        return (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8-sig")
    except (UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
        raise NotThisFormat("the file is not text in UTF-8, or not complete") from error


def feedback_of_row(row: dict[str, str]) -> NewFeedback:
    """The feedback in one row; ValidationError if it cannot be feedback."""
    fields = {
        "kind": "survey_response",
        "answers": [{"question": row["question_text"] or None, "text": row["text"]}],
        "experienced_on": date_of_row(row),
        "organisations": [f"ods:{row['trust_ods_code']}"],
        "touchpoints": [row["service_1"]] if row["service_1"] else [],
        "rating": {"value": row["fft_score"], "scale": "fft"} if row["fft_score"] else None,
        "themes": themes_of_row(row),
        "external_id": row["feedback_id"],
    }
    return NewFeedback.model_validate(fields)


def date_of_row(row: dict[str, str]) -> str | None:
    """The date as far as the source is sure of it: a date, or only its year."""
    date = row["received_date"]
    return (date if row["date_quality"] in SURE_OF_THE_DAY else date[:4]) or None


def themes_of_row(row: dict[str, str]) -> list[dict[str, str | None]]:
    """The themes, as people labelled them; the sentiment is the polarity if there is only one theme."""
    labels = [label for label in row["labels"].split(";") if label]
    polarity = POLARITY.get(row["sentiment"]) if len(labels) == 1 else None
    return [{"version": "v6", "code": label, "polarity": polarity} for label in dict.fromkeys(labels)]


def read_feedback(rows: list[FileRow]) -> Iterator[NewFeedback | str]:
    """Yield the feedback in each row, or the line and the fields that make it unusable."""
    for row in rows:
        if row.fields is None:
            yield f"line {row.line}: it must have one field for each column"
            continue
        try:
            yield feedback_of_row(row.fields)
        except ValidationError as error:
            fields = ", ".join(".".join(map(str, each["loc"])) or "row" for each in error.errors())
            yield f"line {row.line}: {fields}"
