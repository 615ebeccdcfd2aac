"""A merger as a file of comma-separated values, with the columns in which those of 2026 are shipped."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ValidationError

from services.registry.mergers.schemas import NewBody, NewLink, NewMerger
from shared.errors import FieldError, Invalid

ROWS_MAX = 500
SHARE = "share_of_predecessor_residents_2021"
NEEDED = ("predecessor_ods", "successor_ods", "successor_name", SHARE)
KINDS = {
    **dict.fromkeys(("", "merger", "split", "acquisition", "succeeded_by"), "succeeded_by"),
    **dict.fromkeys(("area_passed", "area_passed_to"), "area_passed_to"),
}
COLUMNS = {
    "predecessor": "predecessor_ods",
    "successor": "successor_ods",
    "share": SHARE,
    "name": "successor_name",
    "ods": "successor_ods",
    "ons": "successor_ons",
    "kind": "succession_type",
}
Row = Mapping[str, str]


@dataclass
class Reading:
    """What was read so far, and what is wrong with it."""

    links: list[tuple[int, NewLink]] = field(default_factory=list)
    successors: dict[str, tuple[int, NewBody]] = field(default_factory=dict)
    days: dict[str, int] = field(default_factory=dict)
    errors: list[FieldError] = field(default_factory=list)

    def take(self, line: int, model: type[BaseModel], values: dict[str, Any]) -> Any:
        """Return a row as a model, or None when it cannot be one."""
        try:
            return model.model_validate(values)
        except ValidationError as error:
            for each in error.errors(include_input=False):
                column = COLUMNS.get(str(each["loc"][0]), str(each["loc"][0]))
                self.errors.append(FieldError(pointer=f"/lines/{line}/{column}", detail=each["msg"]))
            return None


def merger_of(content: bytes, **given: Any) -> NewMerger:
    """Return the merger that a file declares; Invalid naming each line and column that cannot be read.

    What a file does not say is given beside it: `effective_on`, `reason`, `source`, and so on.
    """
    reading = Reading()
    for line, row in rows(content):
        take_row(reading, line, row)
    if not given.get("effective_on") and len(reading.days) == 1:
        given["effective_on"] = next(iter(reading.days))
    reading.errors += [
        FieldError(pointer=f"/lines/{line}/succession_date", detail="is not the day of the merger")
        for day, line in reading.days.items()
        if day != str(given.get("effective_on"))
    ]
    return whole(reading, {name: value for name, value in given.items() if value is not None})


def rows(content: bytes) -> Iterator[tuple[int, Row]]:
    """Yield the line and the fields of each row; Invalid when it is no such file."""
    try:
        reader = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise unreadable(f"lacks the columns {', '.join(missing)}")
        for number, row in enumerate(reader):
            if number >= ROWS_MAX:
                raise unreadable(f"has more than {ROWS_MAX} rows")
            yield reader.line_num, {name: value or "" for name, value in row.items() if isinstance(name, str)}
    except (UnicodeDecodeError, csv.Error) as error:
        raise unreadable("is not CSV in UTF-8") from error


def unreadable(detail: str) -> Invalid:
    """Return the problem that a file cannot be read."""
    return Invalid(f"The file {detail}.", errors=[FieldError(pointer="/lines/1", detail=detail)])


def take_row(reading: Reading, line: int, row: Row) -> None:
    """Take the link of a row, and its successor."""
    code = row["successor_ods"].strip().upper()
    link = {
        "predecessor": f"ods:{row['predecessor_ods'].strip()}",
        "successor": f"ods:{code}",
        "share": row[SHARE],
        "kind": KINDS.get(row.get("succession_type", "").strip().lower(), "unknown"),
        "source": row.get("source") or None,
    }
    if found := reading.take(line, NewLink, link):
        reading.links.append((line, found))
    if code not in reading.successors:
        ons = row.get("successor_ons") or None
        if body := reading.take(line, NewBody, {"name": row["successor_name"], "ods": code, "ons": ons}):
            reading.successors[code] = (line, body)
    if day := row.get("succession_date", "").strip():
        reading.days.setdefault(day, line)


def whole(reading: Reading, given: dict[str, Any]) -> NewMerger:
    """Return the merger, with what was given beside the file."""
    links, successors = reading.links, list(reading.successors.values())
    try:
        made = NewMerger(
            links=[each for _, each in links], successors=[each for _, each in successors], **given
        )
    except ValidationError as error:
        reading.errors += [
            FieldError(pointer=f"/query/{each['loc'][0]}", detail=each["msg"])
            for each in error.errors(include_input=False)
            if each["loc"][0] != "links" or not reading.errors
        ]
    if reading.errors:
        raise Invalid(errors=reading.errors)
    return made.from_lines([line for line, _ in links], [line for line, _ in successors])
