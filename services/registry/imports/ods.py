"""Files as ODS publishes them, converted to those that an import reads.

`epraccur.csv`, `etr.csv` and `ect.csv` (practices, trusts, care trusts) have 27 columns and no header;
`succ.csv` and `succarc.csv` have five. None of them says its day: whoever imports them does. Source: NHS ODS,
predefined reports in the layout of 2026.
"""

import csv
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from services.registry.imports.files import BadFile, lines_of, read_rows
from services.registry.imports.registers import LIST, SHIPPED
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
FIRST_DAY = "2016-03-01"
STATUSES = {"ACTIVE": "active", "INACTIVE": "closed", "DORMANT": "dormant"}
DAY_MISSING = "say with --as-of for which day ODS published it"


@contextmanager
def convert_folder(folder: Path, as_of: date | None) -> Iterator[Path]:
    """The folder itself, or a copy in which files of ODS have become those that an import reads.

    BadFile when one of them has another layout, or nobody says its day.
    """
    found = [name for name in ODS_FILES if (folder / name).is_file()]
    if not found:
        yield folder
        return
    if as_of is None:
        raise BadFile(found[0], DAY_MISSING)
    with TemporaryDirectory() as made:
        target = Path(made)
        for path in folder.iterdir():
            if path.is_file() and path.name not in ODS_FILES:
                shutil.copy(path, target)
        if registers := [name for name in found if name in REGISTERS]:
            convert_registers(folder, registers, target, as_of)
        if successions := [name for name in found if name in SUCCESSIONS]:
            convert_successions(folder, successions, target)
        if not (target / LIST).is_file():
            describe_files(target, as_of)
        yield target


def convert_registers(folder: Path, names: Sequence[str], target: Path, as_of: date) -> None:
    """Write the practices and trusts of files of ODS as organisations."""
    rows = [row for name in names for row in organisations_in(folder, name, as_of)]
    write_file(target / ORGANISATIONS, columns_of(ORGANISATIONS), rows)


def organisations_in(folder: Path, name: str, as_of: date) -> Iterator[dict[str, str]]:
    """The English practices or trusts of a file of ODS, as rows of organisations."""
    kind = REGISTERS[name]
    for row in raw_rows(folder / name, WIDTH):
        code, title, region, board, *address, postcode, opened, closed, status = row[:13]
        is_practice = kind == "gp_practice"
        days = day_in(opened), day_in(closed)
        if not region.startswith(ENGLISH) or (is_practice and PRACTICE not in row[25]):
            continue
        if not is_practice and days[1] and days[1] < FIRST_DAY:
            continue
        is_open = not days[1] and status != "INACTIVE"
        location = row[14] if is_practice else ""
        yield {
            "ods_code": code,
            "name": title,
            "org_type": kind,
            "status": STATUSES.get(status, "active" if is_open else "closed"),
            "open_date": days[0],
            "close_date": days[1],
            "address": ", ".join(part for part in address if part),
            "postcode": postcode,
            "phone": row[17] if is_open else "",
            "nhs_region_code": region,
            "icb_2026_ods": board if is_open else "",
            "sub_icb_2026_ods": location if is_open else "",
            "commissioner_ods": location,
            "commissioner_from": day_in(row[15]),
            "commissioner_until": day_in(row[16]),
            "source": f"NHS ODS {name}",
            "as_of": as_of.isoformat(),
        }


def convert_successions(folder: Path, names: Sequence[str], target: Path) -> None:
    """Write the successions of files of ODS after those that ship: a newer file has only the newer ones."""
    rows = list(read_rows(SHIPPED, SUCCESSORS))
    known = {(row["predecessor"], row["successor"]) for row in rows}
    more = [
        {"predecessor": before, "successor": after, "effective_on": day_in(on), "source": f"NHS ODS {name}"}
        for name in names
        for before, after, _, on, _ in raw_rows(folder / name, SUCCESSION_WIDTH)
        if (before, after) not in known
    ]
    write_file(target / SUCCESSORS, columns_of(SUCCESSORS), [*rows, *more])


def describe_files(target: Path, as_of: date) -> None:
    """Write the list of registers with the day of what ODS published."""
    rows = list(read_rows(SHIPPED, LIST))
    for row in rows:
        if row["file"] in (ORGANISATIONS, SUCCESSORS):
            row["as_of"], row["next_update"] = as_of.isoformat(), ""
    write_file(target / LIST, columns_of(LIST), rows)


def raw_rows(path: Path, width: int) -> Iterator[list[str]]:
    """The rows of a file without header; BadFile for one that is wider or narrower, or is no CSV."""
    with closing(lines_of(path)) as lines:
        try:
            for line, row in rows_of_csv(lines):
                if len(row) != width:
                    reason = f"a row of this file of ODS has {width} fields, this one has {len(row)}"
                    raise BadFile(path.name, reason, line=line)
                yield [field.strip() for field in row]
        except BadCsv as error:
            raise BadFile(path.name, error.reason, line=error.line) from error


def day_in(text: str) -> str:
    """The day in a field such as 20260401, as 2026-04-01; what is no such day stays as it is."""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if len(text) == len("20260401") and text.isdecimal() else text


def columns_of(name: str) -> list[str]:
    """The columns of a file that ships."""
    return next(csv.reader(lines_of(SHIPPED / name)))


def write_file(path: Path, columns: Sequence[str], rows: Sequence[dict[str, str]]) -> None:
    """Write rows as a file with these columns; what a row lacks is blank."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
