"""Postcodes, live or ended, those in another constituency than their area, and parts outside England."""

import asyncio
import gzip
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.areas import Loaded, list_unused
from services.registry.imports.files import CUT_OFF, NOT_PACKED, BadFile, Row, lines_of, read_rows
from services.registry.imports.sets import AreaTable, merge_rows, stage_rows, stage_table
from shared.db import driver_of

Report = Callable[[float], None]
LIVE_FILE, ENDED_FILE = FILES = ("postcode_lookup.csv.gz", "postcodes_ended.csv.gz")
EXCEPTIONS_FILE = "postcode_constituency_exceptions.csv.gz"
OUTSIDE_FILES = ("outcodes_by_country.csv", "border_sectors_by_country.csv", "pseudo_postcodes.csv")
HEADER = "postcode,lsoa21_code"
# How much of the work is done when a file has been read.
READ_BY = {LIVE_FILE: (0.0, 0.2), ENDED_FILE: (0.2, 0.3)}
BYTES_AT_ONCE = 1 << 20

# A postcode that is no longer live stays: people still write it.
POSTCODES = AreaTable("postcode", ("postcode",), ("area", "is_live"), flag="is_live", is_large=True)
POSTCODES_READ = """
    SELECT DISTINCT ON (postcode) * FROM (
        SELECT replace(r.postcode, ' ', '') COLLATE "C" AS postcode, a.code AS area, r.is_live
        FROM postcode_read r JOIN small_area a ON a.code = r.area
        WHERE r.postcode ~ '^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$') found
    ORDER BY postcode, is_live DESC"""
COUNT_USED = "SELECT (SELECT count(*) FROM postcode) - (SELECT count(*) FROM difference WHERE is_gone)"
# What is staged stands in the order of its file, after the header.
UNUSED_POSTCODES = """
    SELECT CASE WHEN r.is_live THEN 'postcode_lookup.csv.gz' ELSE 'postcodes_ended.csv.gz' END AS file,
        r.line, CASE WHEN a.code IS NULL THEN concat('small area ', r.area, ' is not known')
            ELSE 'this is not a postcode' END AS reason
    FROM (SELECT row_number() OVER (PARTITION BY is_live ORDER BY ctid) + 1 AS line, * FROM postcode_read) r
    LEFT JOIN small_area a ON a.code = r.area
    WHERE a.code IS NULL OR r.postcode IS NULL OR r.postcode !~ '^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$'
    ORDER BY r.is_live DESC, r.line LIMIT :most"""
EXCEPTIONS = AreaTable("constituency_exception", ("postcode",), ("constituency",))
EXCEPTIONS_READ = 'SELECT postcode COLLATE "C" AS postcode, constituency FROM exception_read'
OUTSIDE = AreaTable("outside_part", ("part",), ("country", "meaning", "is_certain"))
OUTSIDE_READ = 'SELECT part COLLATE "C" AS part, country, meaning, is_certain FROM outside_read'


async def load_postcodes(session: AsyncSession, folder: Path, report: Report) -> Loaded:
    """Load all postcodes; one that is no longer live has ended. BadFile when they cannot be copied."""
    await stage_table(session, "postcode_read", "postcode text, area text, is_live boolean")
    read = 0
    for name in FILES:
        refuse_other_columns(folder, name)
        default = f"ALTER TABLE postcode_read ALTER is_live SET DEFAULT {name == LIVE_FILE}"
        await session.execute(text(default))
        read += await copy_postcodes(session, folder / name, report)
    counts = await merge_rows(session, POSTCODES, POSTCODES_READ)
    used = await session.scalar(text(COUNT_USED)) or 0
    unused = await list_unused(session, UNUSED_POSTCODES) if read > used else []
    counts["rejected"] = len(unused)
    return counts, unused


async def copy_postcodes(session: AsyncSession, path: Path, report: Report) -> int:
    """Copy a file of postcodes as it stands, and return how many rows it has."""
    driver, source = await driver_of(session), unpack_file(path, report)
    columns = HEADER.replace("lsoa21_code", "area").split(",")
    try:
        done = await driver.copy_to_table(
            "postcode_read", columns=columns, source=source, format="csv", header=True
        )
    except asyncpg.PostgresError as error:
        line = re.search(r"line (\d+)", str(error.as_dict().get("context")))
        raise BadFile(path.name, str(error), line=int(line.group(1)) if line else None) from error
    except NOT_PACKED as error:
        raise BadFile(path.name, CUT_OFF) from error
    return int(done.split()[-1])


def refuse_other_columns(folder: Path, name: str) -> None:
    """BadFile for a file of postcodes with other columns: it is copied as it stands."""
    header = next(lines_of(folder / name), "").strip().replace('"', "")
    if header != HEADER:
        raise BadFile(name, f"the columns must be {HEADER}", line=1)


async def unpack_file(path: Path, report: Report) -> AsyncIterator[bytes]:
    """What a packed file holds; reports how much of all work is done by then."""
    size, (start, end) = await asyncio.to_thread(path.stat), READ_BY[path.name]
    with path.open("rb") as packed, gzip.open(packed) as opened:
        while found := opened.read(BYTES_AT_ONCE):
            report(start + (end - start) * packed.tell() / size.st_size)
            yield found


async def load_exceptions(session: AsyncSession, folder: Path) -> Loaded:
    """Load the postcodes that are in another constituency than most of their small area."""
    rows = (
        (row["postcode"].replace(" ", ""), row["constituency_2024_code"])
        for row in read_rows(folder, EXCEPTIONS_FILE)
    )
    await stage_rows(session, "exception_read", "postcode text, constituency text", rows)
    return await merge_rows(session, EXCEPTIONS, EXCEPTIONS_READ), []


async def load_outside(session: AsyncSession, folder: Path) -> Loaded:
    """Load the parts of postcodes that are outside England, and the codes that stand for no place."""
    columns = "part text, country text, meaning text, is_certain boolean"
    await stage_rows(session, "outside_read", columns, outside_parts_in(folder))
    return await merge_rows(session, OUTSIDE, OUTSIDE_READ), []


def outside_parts_in(folder: Path) -> Iterator[tuple[str, str | None, str | None, bool]]:
    """Part, country or meaning, and whether all of it is there.

    A sector that is wholly in England says so where its outward code is not.
    """
    outcodes, sectors, codes = OUTSIDE_FILES
    for row in read_rows(folder, outcodes):
        if row["country"] != "England":
            yield row["outcode"], row["country"], None, is_whole(row)
    for row in read_rows(folder, sectors):
        if row["country"] != "England" or is_whole(row):
            yield row["sector"], row["country"], None, is_whole(row)
    for row in read_rows(folder, codes):
        outward, _, inward = row["postcode"].partition(" ")
        # Three letters stand for a list of codes that is not known: then the outward code stands for all.
        is_pattern = inward == "NNN"
        yield outward if is_pattern else row["postcode"], None, row["meaning"].split(";")[0], not is_pattern


def is_whole(row: Row) -> bool:
    """Whether all of a part of a postcode is in one country."""
    return row["unique"] == "yes"
