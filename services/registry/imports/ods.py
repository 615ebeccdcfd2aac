"""Files as ODS publishes them, converted to those that an import reads.

`epraccur.csv`, `etr.csv` and `ect.csv` (practices, trusts, care trusts) have 27 columns and no header;
`succ.csv` and `succarc.csv` have five. None of them says its day: whoever imports them does. Source: NHS ODS,
predefined reports in the layout of 2026.
"""

import csv
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from services.registry.imports.files import BadFile, lines_of, read_rows
from services.registry.imports.registers import LIST, SHIPPED
from shared.clock import today
from shared.csv_rows import BadCsv, rows_of_csv

# The kind of the bodies in each file, and how many columns the file has.
REGISTERS = {"epraccur.csv": "gp_practice", "etr.csv": "nhs_trust", "ect.csv": "nhs_trust"}
SUCCESSIONS = ("succ.csv", "succarc.csv")
ODS_FILES = (*REGISTERS, *SUCCESSIONS)
WIDTH, SUCCESSION_WIDTH = 27, 5
ORGANISATIONS, SUCCESSORS = "organisations.csv", "ods_successions.csv"
# English rows name a region whose code begins so; a practice has this role.
ENGLISH, PRACTICE = "Y", "RO76"
# Trusts that closed before there were footprints are left out.
FIRST_DAY = date(2016, 3, 1)
# What the status of a practice means; trusts have none.
STATUSES = {"ACTIVE": "active", "INACTIVE": "closed", "DORMANT": "dormant", "PROPOSED": "proposed", "": ""}
DAY_MISSING = "say with --as-of for which day ODS published it"


@contextmanager
def convert_folder(folder: Path, as_of: date | None) -> Iterator[Path]:
    """The folder itself, or a copy in which files of ODS have become those that an import reads.

    BadFile when one of them has another layout or no body that is known here, when nobody says its day, or
    when it would take the place of another file.
    """
    found = [name for name in ODS_FILES if (folder / name).is_file()]
    if not found:
        yield folder
        return
    day = day_of_files(found, as_of)
    refuse_twins(folder, found)
    with TemporaryDirectory() as made:
        target = Path(made)
        for path in folder.iterdir():
            if path.is_file() and path.name not in ODS_FILES:
                shutil.copy(path, target)
        if registers := [name for name in found if name in REGISTERS]:
            convert_registers(folder, registers, target, day)
        if successions := [name for name in found if name in SUCCESSIONS]:
            convert_successions(folder, successions, target)
        if not (target / LIST).is_file():
            describe_files(target, day)
        yield target


def day_of_files(found: Sequence[str], as_of: date | None) -> date:
    """The day for which files were published; BadFile when nobody says it, or it is still to come."""
    if as_of is None:
        raise BadFile(found[0], DAY_MISSING)
    if as_of > today():
        raise BadFile(found[0], f"{as_of} is still to come: {DAY_MISSING}")
    return as_of


def refuse_twins(folder: Path, found: Sequence[str]) -> None:
    """Refuse files of ODS whose conversion would replace another file of the folder."""
    for names, made in ((REGISTERS, ORGANISATIONS), (SUCCESSIONS, SUCCESSORS)):
        if (folder / made).is_file() and (twin := next((name for name in found if name in names), None)):
            raise BadFile(twin, f"{made} says the same: leave one of the two in the folder")


def convert_registers(folder: Path, names: Sequence[str], target: Path, as_of: date) -> None:
    """Write the practices and trusts of files of ODS as organisations."""
    rows = []
    for name in names:
        own = list(organisations_in(folder, name, as_of))
        if not own:
            raise BadFile(name, "no row of it is an English practice or trust in the layout of 2026")
        rows += own
    write_file(target / ORGANISATIONS, columns_of(ORGANISATIONS), rows)


def organisations_in(folder: Path, name: str, as_of: date) -> Iterator[dict[str, str]]:
    """The English practices or trusts of a file of ODS, as rows of organisations."""
    kind = REGISTERS[name]
    for line, row in raw_rows(folder / name, WIDTH):
        code, title, region, board, *address, postcode, opened, closed, status = row[:13]
        if not region.startswith(ENGLISH) or (kind == "gp_practice" and PRACTICE not in row[25]):
            continue
        if status not in STATUSES:
            raise BadFile(name, f"the status {status!r} is not known", line=line)
        first, last = (day_in(text, name, line) for text in (opened, closed))
        has_closed = bool(last and last <= as_of) or status == "INACTIVE"
        if status == "PROPOSED" or (kind == "nhs_trust" and last and last < FIRST_DAY):
            continue
        location = row[14] if kind == "gp_practice" else ""
        yield {
            "ods_code": code,
            "name": title,
            "org_type": kind,
            "status": "closed" if has_closed else STATUSES[status] or "active",
            "open_date": iso(first),
            "close_date": iso(last),
            "address": ", ".join(part for part in address if part),
            "postcode": postcode,
            "phone": "" if has_closed else row[17],
            "nhs_region_code": region,
            "icb_2026_ods": "" if has_closed else board,
            "sub_icb_2026_ods": "" if has_closed else location,
            "commissioner_ods": location,
            "commissioner_from": iso(day_in(row[15], name, line)),
            "commissioner_until": iso(day_in(row[16], name, line)),
            "source": f"NHS ODS {name}",
            "as_of": as_of.isoformat(),
        }


def convert_successions(folder: Path, names: Sequence[str], target: Path) -> None:
    """Write the successions of files of ODS after those that ship: a newer file has only the newer ones."""
    rows = list(read_rows(SHIPPED, SUCCESSORS))
    known = {(row["predecessor"], row["successor"]) for row in rows}
    more = []
    for name in names:
        for line, (before, after, _, on, _) in raw_rows(folder / name, SUCCESSION_WIDTH):
            if not before or not after or before == after:
                raise BadFile(name, "the row must name two bodies", line=line)
            day = iso(day_in(on, name, line))
            if (before, after) not in known:
                own = {"predecessor": before, "successor": after, "effective_on": day}
                more.append(own | {"source": f"NHS ODS {name}"})
    write_file(target / SUCCESSORS, columns_of(SUCCESSORS), [*rows, *more])


def describe_files(target: Path, as_of: date) -> None:
    """Write the list of registers with the day of what ODS published."""
    rows = list(read_rows(SHIPPED, LIST))
    for row in rows:
        if row["file"] in (ORGANISATIONS, SUCCESSORS):
            row["as_of"], row["next_update"] = as_of.isoformat(), ""
    write_file(target / LIST, columns_of(LIST), rows)


def raw_rows(path: Path, width: int) -> Iterator[tuple[int, list[str]]]:
    """The rows of a file without header by line; BadFile for one that is wider or narrower, or is no CSV."""
    with closing(lines_of(path)) as lines:
        try:
            for line, row in rows_of_csv(lines):
                if len(row) != width:
                    reason = f"a row of this file of ODS has {width} fields, this one has {len(row)}"
                    raise BadFile(path.name, reason, line=line)
                yield line, [field.strip() for field in row]
        except BadCsv as error:
            raise BadFile(path.name, error.reason, line=error.line) from error


def day_in(text: str, file: str, line: int) -> date | None:
    """The day in a field such as 20260401, if it holds one; BadFile for anything else."""
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y%m%d").date()  # noqa: DTZ007 -- a day has no zone
    except ValueError as error:
        raise BadFile(file, f"{text[:20]!r} is not a day such as 20260401", line=line) from error


def iso(day: date | None) -> str:
    """A day as our files write it."""
    return day.isoformat() if day else ""


def columns_of(name: str) -> list[str]:
    """The columns of a file that ships."""
    return next(csv.reader(lines_of(SHIPPED / name)))


def write_file(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    """Write rows as a file with these columns; what a row lacks is blank."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
