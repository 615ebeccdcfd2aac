"""Postcodes: copied as they stand, merged as a set; those that lead nowhere are listed by line."""

import gzip
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import Rejected
from services.registry.imports.files import CUT_OFF, NOT_PACKED, BadFile, Origin, lines_of
from services.registry.imports.sets import AreaTable, count_rows, merge_rows, stage_table
from shared.db import driver_of

FILE = "postcode_lookup.csv.gz"
HEADER = "postcode,lsoa21_code"
BYTES_AT_ONCE = 1 << 20
# More of one kind would say nothing more.
LISTED_MAX = 100_000
READ = """
    SELECT replace(r.postcode, ' ', '') COLLATE "C" AS postcode, a.code AS area
    FROM postcode_read r JOIN small_area a ON a.code = r.area
    WHERE r.postcode ~ '^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$'"""
# What is staged stands in the order of its file, after the header.
UNUSED = """
    SELECT r.line, r.area, a.code IS NULL AS is_nowhere
    FROM (SELECT row_number() OVER () + 1 AS line, postcode, area FROM postcode_read) r
    LEFT JOIN small_area a ON a.code = r.area
    WHERE a.code IS NULL OR r.postcode !~ '^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$' OR r.postcode IS NULL
    ORDER BY r.line LIMIT :most"""
TABLE = AreaTable("postcode", ("postcode",), ("area",))


async def load_postcodes(
    session: AsyncSession, folder: Path, report: Callable[[float], None]
) -> tuple[Counter[str], list[Rejected]]:
    """Load all live postcodes; one that is no longer live is removed. BadFile when they cannot be copied."""
    refuse_other_columns(folder)
    await stage_table(session, "postcode_read", "postcode text, area text")
    parts = unpack_file(folder / FILE, lambda share: report(share * 0.3))
    with naming_lines():
        source, driver = stream_parts(parts), await driver_of(session)
        done = await driver.copy_to_table("postcode_read", source=source, format="csv", header=True)
    counts = await merge_rows(session, TABLE, READ)
    counts["rejected"] = int(done.split()[-1]) - await count_rows(session, "postcode")
    return counts, await find_rejected(session) if counts["rejected"] else []


def refuse_other_columns(folder: Path) -> None:
    """BadFile for a file of postcodes with other columns: it is copied as it stands."""
    header = next(lines_of(folder / FILE), "").strip().replace('"', "")
    if header != HEADER:
        raise BadFile(FILE, f"the columns must be {HEADER}", line=1)


def unpack_file(path: Path, report: Callable[[float], None]) -> Iterator[bytes]:
    """What a packed file holds; reports how much of it was read (0 to 1)."""
    with path.open("rb") as packed, gzip.open(packed) as opened:
        while found := opened.read(BYTES_AT_ONCE):
            report(packed.tell() / path.stat().st_size)
            yield found


async def stream_parts(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The parts, as the driver asks for them."""
    for part in parts:
        yield part


@contextmanager
def naming_lines() -> Iterator[None]:
    """Say by line why postcodes cannot be copied."""
    try:
        yield
    except asyncpg.PostgresError as error:
        line = re.search(r"line (\d+)", str(error.as_dict().get("context")))
        raise BadFile(FILE, str(error), line=int(line.group(1)) if line else None) from error
    except NOT_PACKED as error:
        raise BadFile(FILE, CUT_OFF) from error


async def find_rejected(session: AsyncSession) -> list[Rejected]:
    """The rows that could not be used."""
    return [
        Rejected(
            Origin(FILE, row.line),
            f"small area {row.area} is not known" if row.is_nowhere else "this is not a postcode",
        )
        for row in await session.execute(text(UNUSED), {"most": LISTED_MAX})
    ]
