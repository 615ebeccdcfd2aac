"""A merger as a file of comma-separated values, with the columns in which those of 2026 are shipped."""

import io
from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from services.registry.mergers.schemas import NewMerger
from shared.csv_rows import BadCsv, rows_of_csv
from shared.errors import FieldError, Invalid

ROWS_MAX = 500
SHARE = "share_of_predecessor_residents_2021"
NEEDED = ("predecessor_ods", "successor_ods", "successor_name", SHARE)
KINDS = {
    **dict.fromkeys(("", "merger", "split", "acquisition", "succeeded_by"), "succeeded_by"),
    **dict.fromkeys(("area_passed", "area_passed_to"), "area_passed_to"),
}
# The column that says each field of a link or of a successor.
COLUMNS = {
    "predecessor": "predecessor_ods",
    "successor": "successor_ods",
    "share": SHARE,
    "kind": "succession_type",
    "name": "successor_name",
    "ods": "successor_ods",
    "ons": "successor_ons",
}


def read_merger_file(content: bytes, **beside: object) -> NewMerger:
    """The merger that a file declares; Invalid names each line and column that cannot be read.

    What a file does not say comes `beside` it: `effective_on`, `reason`, `source`, and so on.
    """
    links: list[dict[str, object]] = []
    successors: dict[str, dict[str, object]] = {}
    lines: dict[str, str] = {}
    days: dict[str, str] = {}
    for number, row in rows_of_file(content):
        line, code = f"/lines/{number}", row["successor_ods"].upper()
        lines[f"/links/{len(links)}"] = line
        links.append(link_of(row))
        if code not in successors:
            lines[f"/successors/{len(successors)}"] = line
            ons = row.get("successor_ons") or None
            successors[code] = {"name": row["successor_name"], "ods": code, "ons": ons}
        if day := row.get("succession_date"):
            days.setdefault(day, line)
    given = {name: value for name, value in beside.items() if value is not None}
    if len(days) == 1:
        given.setdefault("effective_on", next(iter(days)))
    errors = [
        FieldError(pointer=f"{line}/succession_date", detail="This is not the day of the merger.")
        for day, line in days.items()
        if day != str(given.get("effective_on"))
    ]
    try:
        new = NewMerger.model_validate({**given, "links": links, "successors": [*successors.values()]})
    except ValidationError as error:
        named = [field_error(each["loc"], each["msg"], lines) for each in error.errors(include_input=False)]
        errors = sorted([*named, *errors], key=lambda each: each.pointer.startswith("/query"))
        raise Invalid(errors=errors) from error
    if errors:
        raise Invalid(errors=errors)
    return new.from_lines(lines)


def link_of(row: Mapping[str, str]) -> dict[str, object]:
    """The link that a row declares, as a request would."""
    return {
        "predecessor": f"ods:{row['predecessor_ods']}",
        "successor": f"ods:{row['successor_ods'].upper()}",
        "share": row[SHARE],
        "kind": KINDS.get(row.get("succession_type", "").lower(), "unknown"),
        "source": row.get("source") or None,
    }


def field_error(where: Sequence[int | str], detail: str, lines: Mapping[str, str]) -> FieldError:
    """What is wrong with a field, by the line and the column that say it, or by the query."""
    place = "/".join(("", *map(str, where[:2])))
    if place not in lines:
        return FieldError(pointer=f"/query/{where[0]}", detail=detail)
    column = COLUMNS.get(str(where[-1]), str(where[-1]))
    return FieldError(pointer=f"{lines[place]}/{column}", detail=detail)


def rows_of_file(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the line and the fields of each row; Invalid when it is no such file."""
    try:
        rows = rows_of_csv(io.StringIO(content.decode("utf-8-sig"), newline=""))
        _, columns = next(rows, (1, []))
        missing = [name for name in NEEDED if name not in columns]
        if missing:
            raise unreadable_file(f"lacks the columns {', '.join(missing)}")
        for number, (line, fields) in enumerate(rows):
            if number >= ROWS_MAX:
                raise unreadable_file(f"has more than {ROWS_MAX} rows")
            fields += [""] * (len(columns) - len(fields))
            yield line, {name: value.strip() for name, value in zip(columns, fields, strict=False)}
    except UnicodeDecodeError as error:
        raise unreadable_file("is not text in UTF-8") from error
    except BadCsv as error:
        raise unreadable_file(f"is not CSV: {error.reason}", error.line) from error


def unreadable_file(detail: str, line: int = 1) -> Invalid:
    """The refusal of a file that cannot be read, with the line that shows it."""
    return Invalid(f"The file {detail}.", errors=[FieldError(pointer=f"/lines/{line}", detail=detail)])
