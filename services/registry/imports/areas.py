"""Small areas, and in which bodies they, sectors and outward codes lie: read from files, merged as sets."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.body_areas import find_body_areas
from services.registry.imports.facts import Catalogue, Rejected
from services.registry.imports.files import Origin, read_rows
from services.registry.imports.footprints import footprint_keys
from services.registry.imports.organisations import ccg_key, council_key, location_key
from services.registry.imports.sets import AreaTable, copy_in, count_rows, merge_rows, stage_table

Report = Callable[[float], None]
Share = tuple[str, str, str, float, str, int]
# The column of the small areas' file for each edition, with the key of the body that it names.
EDITIONS: dict[str, tuple[str, Callable[[str], str] | None]] = {
    "STP2016": ("footprint_2016_ons", None),
    "ICB2023": ("icb_2023_ods", None),
    "ICB2026": ("icb_2026_ods", None),
    "SICBL2023": ("sub_icb_2023_ods", location_key),
    "CCG2016": ("ccg_2016_ods", ccg_key),
    "LAD2024": ("ltla24_code", council_key),
}
AREA_FILE = "lsoa_lookup.csv.gz"
SHARE_FILES = ("outcode_lookup.csv", "outcode"), ("postcode_sector_lookup.csv.gz", "sector")
# More of one kind would say nothing more.
LISTED_MAX = 100_000

AREAS = AreaTable("small_area", ("code",), ("name", "deprivation_decile", "residents"))
AREAS_READ = 'SELECT code COLLATE "C" AS code, name, deprivation_decile, residents FROM area_read'
SHARES = AreaTable("area_share", ("area", "edition", "body_id"), ("share",))
SHARES_READ = "SELECT area, edition, body_id, share FROM share_found"
FIND_SHARES = """
    SELECT r.area COLLATE "C" AS area, r.edition COLLATE "C" AS edition, b.id AS body_id, r.share
    FROM share_read r JOIN body b ON b.key = r.key"""
UNUSED_SHARES = """
    SELECT r.file, r.line, r.edition, r.key FROM share_read r
    WHERE NOT EXISTS (SELECT FROM body b WHERE b.key = r.key) ORDER BY r.file, r.line LIMIT :most"""


async def load_small_areas(session: AsyncSession, folder: Path, report: Report) -> Counter[str]:
    """Load the small areas themselves; none is removed."""
    await stage_table(
        session, "area_read", "code text, name text, deprivation_decile smallint, residents int"
    )
    columns = ("code", "name", "deprivation_decile", "residents")
    read = (
        (
            *(row["lsoa21_code"], row["lsoa21_name"]),
            *(row.whole("imd2025_decile"), row.whole("usual_residents_2021")),
        )
        for row in read_rows(folder, AREA_FILE)
    )
    await copy_in(session, "area_read", columns, read)
    report(0.8)
    return await merge_rows(session, AREAS, AREAS_READ, keeps_others=True)


async def load_shares(
    session: AsyncSession, folder: Path, catalogue: Catalogue, report: Report
) -> tuple[Counter[str], list[Rejected]]:
    """Load in which bodies areas lie, bodies among them; what an area is no longer in is removed."""
    await stage_table(
        session,
        "share_read",
        "area text, edition text, key text, share float8, file text, line integer",
    )
    columns = ("area", "edition", "key", "share", "file", "line")
    read = await copy_in(session, "share_read", columns, shares_in(folder, footprint_keys(catalogue)))
    report(0.4)
    await stage_table(session, "share_found", FIND_SHARES)
    rejected = read - await count_rows(session, "share_found")
    await find_body_areas(session, folder)
    await session.execute(text("ANALYZE share_found"))
    report(0.5)
    counts = await merge_rows(session, SHARES, SHARES_READ)
    counts["rejected"] = rejected
    return counts, await find_rejected_shares(session) if rejected else []


def shares_in(folder: Path, keys: dict[tuple[str, str], str]) -> Iterator[Share]:
    """Area, edition, key of the body and share, with the file and the line that say so."""
    for row in read_rows(folder, AREA_FILE):
        for edition, (column, key_of) in EDITIONS.items():
            code = row[column]
            key = key_of(code) if key_of else keys.get((edition, code), code)
            yield row["lsoa21_code"], edition, key, 1.0, *row.at
    for name, column in SHARE_FILES:
        for row in read_rows(folder, name):
            edition, code = row["scheme"], row["footprint_code"]
            key = location_key(code) if edition == "SICBL2023" else keys.get((edition, code), code)
            yield row[column], edition, key, row.share("share_of_postcodes"), *row.at


async def find_rejected_shares(session: AsyncSession) -> list[Rejected]:
    """The rows that name a body that is not known."""
    found = await session.execute(text(UNUSED_SHARES), {"most": LISTED_MAX})
    return [
        Rejected(Origin(row.file, row.line), f"body {row.key} is not known ({row.edition})") for row in found
    ]
