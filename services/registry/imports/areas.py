"""Small areas, and the bodies in which they, sectors and outward codes lie: merged as sets."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.body_areas import find_body_areas
from services.registry.imports.councils import council_key
from services.registry.imports.electoral_areas import electoral_areas_in
from services.registry.imports.files import read_rows
from services.registry.imports.group_areas import moves_in
from services.registry.imports.groups import ccg_key
from services.registry.imports.locations import location_key
from services.registry.imports.sets import AreaTable, count_rows, merge_rows, stage_rows, stage_table
from services.registry.imports.summary import Line

# What was counted, and what could not be used.
Loaded = tuple[Counter[str], list[Line]]
# The column of the small areas' file for each edition, and the keys of bodies that are no footprints.
COLUMNS = {
    "STP2016": "footprint_2016_ons",
    "ICB2023": "icb_2023_ods",
    "ICB2026": "icb_2026_ods",
    "SICBL2023": "sub_icb_2023_ods",
    "CCG2016": "ccg_2016_ods",
    "LAD2024": "ltla24_code",
}
KEYS = {"SICBL2023": location_key, "CCG2016": ccg_key, "LAD2024": council_key}
AREA_FILE = "lsoa_lookup.csv.gz"
SHARE_FILES = ("outcode_lookup.csv", "outcode"), ("postcode_sector_lookup.csv.gz", "sector")
# More of one kind would say nothing more.
LISTED_MAX = 100_000

AREAS = AreaTable("small_area", ("code",), ("name", "deprivation_decile", "residents", "electoral_areas"))
AREAS_READ = """
    SELECT code COLLATE "C" AS code, name, deprivation_decile, residents, electoral_areas FROM area_read"""
SHARES = AreaTable("area_share", ("area", "edition", "body_id"), ("share",), is_large=True)
SHARES_READ = "SELECT area, edition, body_id, share FROM share_found"
FIND_SHARES = """
    SELECT r.area COLLATE "C" AS area, r.edition COLLATE "C" AS edition, b.id AS body_id, r.share
    FROM share_read r JOIN body b ON b.key = r.key"""
UNUSED_SHARES = """
    SELECT r.file, r.line, 'body ' || r.key || ' is not known (' || r.edition || ')' AS reason
    FROM share_read r WHERE NOT EXISTS (SELECT FROM body b WHERE b.key = r.key)
    ORDER BY r.file, r.line LIMIT :most"""


async def load_small_areas(session: AsyncSession, folder: Path) -> Loaded:
    """Load the small areas themselves; none is removed."""
    columns = "code text, name text, deprivation_decile smallint, residents int, electoral_areas text"
    electoral = electoral_areas_in(folder)
    rows = (
        (
            *(row["lsoa21_code"], row["lsoa21_name"]),
            *(row.whole("imd2025_decile"), row.whole("usual_residents_2021")),
            electoral.get(row["lsoa21_code"], "[]"),
        )
        for row in read_rows(folder, AREA_FILE)
    )
    await stage_rows(session, "area_read", columns, rows)
    return await merge_rows(session, AREAS, AREAS_READ, keeps_others=True), []


async def load_shares(
    session: AsyncSession, folder: Path, footprints: Mapping[tuple[str, str], str]
) -> Loaded:
    """Load in which bodies areas lie, bodies among them; what an area is no longer in is removed."""
    columns = "area text, edition text, key text, share float8, file text, line integer"
    read = await stage_rows(session, "share_read", columns, shares_in(folder, footprints))
    await stage_table(session, "share_found", FIND_SHARES)
    unused = read - await count_rows(session, "share_found")
    await find_body_areas(session, folder)
    await session.execute(text("ANALYZE share_found"))
    counts = await merge_rows(session, SHARES, SHARES_READ)
    counts["rejected"] = unused
    return counts, await list_unused(session, UNUSED_SHARES) if unused else []


def shares_in(
    folder: Path, footprints: Mapping[tuple[str, str], str]
) -> Iterator[tuple[str, str, str, float, str, int]]:
    """Area, edition, key of the body and share, with the file and the line that say so."""

    def key_of(edition: str, code: str) -> str:
        return KEYS[edition](code) if edition in KEYS else footprints.get((edition, code), code)

    known: dict[str, tuple[str, str]] = {}
    for row in read_rows(folder, AREA_FILE):
        for edition, column in COLUMNS.items():
            yield row["lsoa21_code"], edition, key_of(edition, row[column]), 1.0, *row.at
        known[row["lsoa21_code"]] = row["ccg_2016_ods"], row["ltla24_code"]
    for area, edition, key, at in moves_in(folder, known):
        yield area, edition, key, 1.0, *at
    for name, column in SHARE_FILES:
        for row in read_rows(folder, name):
            key = key_of(row["scheme"], row["footprint_code"])
            yield row[column], row["scheme"], key, row.share("share_of_postcodes"), *row.at


async def list_unused(session: AsyncSession, statement: str) -> list[Line]:
    """The rows that could not be used, each with its file, line and reason."""
    found = await session.execute(text(statement), {"most": LISTED_MAX})
    return [Line("rejected", row.file, row.line, reason=row.reason) for row in found]
