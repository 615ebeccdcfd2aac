"""The rows of areas and postcodes that could not be used, found among what was staged."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.facts import Rejected
from services.registry.imports.sources import CUT_OFF, NOT_PACKED, BadFile, Origin, lines_of

POSTCODES = "postcode_lookup.csv.gz"
HEADER = "postcode,lsoa21_code"
# More of one kind say nothing more.
LISTED_MAX = 100_000
# What is staged stands in the order of its file, after the header.
UNUSED_POSTCODES = """
    SELECT r.line, r.area, a.code IS NULL AS is_nowhere
    FROM (SELECT row_number() OVER () + 1 AS line, postcode, area FROM postcode_read) r
    LEFT JOIN small_area a ON a.code = r.area
    WHERE a.code IS NULL OR r.postcode !~ '^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$' OR r.postcode IS NULL
    ORDER BY r.line LIMIT :most"""
UNUSED_SHARES = """
    SELECT r.file, r.line, r.vintage, r.key FROM share_read r
    WHERE NOT EXISTS (SELECT FROM body b WHERE b.key = r.key) ORDER BY r.file, r.line LIMIT :most"""


def check_postcodes(folder: Path) -> None:
    """Refuse a file of postcodes with other columns: it is copied as it stands."""
    header = next(lines_of(folder / POSTCODES), "").strip().replace('"', "")
    if header != HEADER:
        raise BadFile(POSTCODES, f"the columns have to be {HEADER}", line=1)


@contextmanager
def copying_postcodes() -> Iterator[None]:
    """Say by line why a file of postcodes cannot be copied."""
    try:
        yield
    except asyncpg.PostgresError as error:
        line = re.search(r"line (\d+)", str(error.as_dict().get("context")))
        raise BadFile(POSTCODES, str(error), line=int(line.group(1)) if line else None) from error
    except NOT_PACKED as error:
        raise BadFile(POSTCODES, CUT_OFF) from error


async def rejected_postcodes(session: AsyncSession) -> list[Rejected]:
    """Return the rows of postcodes that could not be used."""
    found = await session.execute(text(UNUSED_POSTCODES), {"most": LISTED_MAX})
    return [
        Rejected(
            Origin(POSTCODES, row.line),
            f"no small area {row.area} is known" if row.is_nowhere else "this is no postcode",
        )
        for row in found
    ]


async def rejected_shares(session: AsyncSession) -> list[Rejected]:
    """Return the rows of shares that name a body that is not known."""
    found = await session.execute(text(UNUSED_SHARES), {"most": LISTED_MAX})
    return [
        Rejected(Origin(row.file, row.line), f"no body {row.key} is known ({row.vintage})") for row in found
    ]
