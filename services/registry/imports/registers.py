"""The registers, as the list beside them describes each, with the day for which it says so."""

import gzip
from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import blake2b
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.areas import Loaded
from services.registry.imports.files import CUT_OFF, NOT_PACKED, BadFile, Row, read_rows
from services.registry.imports.sets import AreaTable, merge_rows, stage_rows
from services.registry.settings import Settings

LIST = "registers.csv"
SHIPPED: Path = Settings.model_fields["data_path"].default
BYTES_AT_ONCE = 1 << 20
COLUMNS = """file text, name text, publisher text, covers text, covers_from date, as_of date, licence text,
    address text, next_update date, rows integer, digest text, is_described boolean"""
REGISTERS = AreaTable(
    "register",
    ("file",),
    (
        *("name", "publisher", "covers", "covers_from", "as_of", "licence", "address"),
        *("next_update", "rows", "digest"),
    ),
)
# The days in a file's own rows are more exact than the one in the list. The same file without a list says
# nothing new.
READ = """
    SELECT r.file, r.name, r.publisher, r.covers, r.covers_from, coalesce(b.as_of, r.as_of) AS as_of,
        r.licence, r.address, r.next_update, r.rows, r.digest
    FROM register_read r
    LEFT JOIN (SELECT file, max(known_on) AS as_of FROM body GROUP BY file) b USING (file)
    WHERE r.is_described
        OR NOT EXISTS (SELECT FROM register k WHERE (k.file, k.digest) = (r.file, r.digest))"""
# Importing the same file again does not make it newer.
NOTE_NEWS = (
    "UPDATE register r SET imported_at = :at FROM difference d WHERE d.file = r.file AND NOT d.is_gone"
)


async def load_registers(session: AsyncSession, folder: Path, at: datetime) -> Loaded:
    """Load what the registers of a folder are, after all that they say; none is removed.

    `at` is an instant before the import recorded anything.
    """
    await stage_rows(session, "register_read", COLUMNS, rows_of_registers(folder))
    counts = await merge_rows(session, REGISTERS, READ, keeps_others=True)
    await session.execute(text(NOTE_NEWS), {"at": at})
    return counts, []


def rows_of_registers(folder: Path) -> Iterator[tuple[object, ...]]:
    """The registers that a folder has files of, with the number of their rows.

    A folder without a list has files that are newer than the shipped list knows: their days are not known.
    """
    is_own = (folder / LIST).is_file()
    for file, row in read_list(folder if is_own else SHIPPED).items():
        if (folder / file).is_file():
            days = (row.day(name) if is_own else None for name in ("covers_from", "as_of", "next_update"))
            covers_from, as_of, next_update = days
            yield (
                *(file, row["name"], row["publisher"], row["covers"], covers_from, as_of),
                *(row["licence"], row["address"] or None, next_update),
                *(*measure_file(folder / file), is_own),
            )


def read_list(folder: Path) -> Mapping[str, Row]:
    """The rows of a list of registers by file; BadFile when one names no file, or names it twice."""
    found: dict[str, Row] = {}
    for row in read_rows(folder, LIST):
        if not (file := row["file"]) or file in found:
            raise BadFile(LIST, "the row must name a file that no other row names", line=row.at.line)
        found[file] = row
    return found


def measure_file(path: Path) -> tuple[int, str]:
    """How many rows a file has below its header, or how many outlines; and a hash of what it holds."""
    mark, others = (b'"Feature"', 0) if ".geojson" in path.name else (b"\n", 1)
    found, digest = 0, blake2b(digest_size=16)
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        try:
            while some := file.read(BYTES_AT_ONCE):
                found += some.count(mark)
                digest.update(some)
        except NOT_PACKED as error:
            raise BadFile(path.name, CUT_OFF) from error
    return max(found - others, 0), digest.hexdigest()


def undescribed_in(folder: Path, files: frozenset[str]) -> list[str]:
    """The files of an import that its list of registers does not describe."""
    return sorted(files.difference(read_list(folder if (folder / LIST).is_file() else SHIPPED)))
