"""Small areas, postcodes, sectors and outward codes: streamed into staging tables, merged as sets."""

import gzip
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.changes.queries import next_positions
from services.registry.imports.body_areas import STAGED, count_of, find_body_areas, tally
from services.registry.imports.facts import Catalogue
from services.registry.imports.footprints import footprint_keys
from services.registry.imports.organisations import ccg, council, location
from services.registry.imports.sources import rows
from services.registry.imports.store import copy_in
from shared.db import driver_of

Report = Callable[[float], None]
BYTES_AT_ONCE = 1 << 20
# The column of the small areas' file for each edition, with the key of the body that it names.
EDITIONS: dict[str, tuple[str, Callable[[str], str] | None]] = {
    "STP2016": ("footprint_2016_ons", None),
    "ICB2023": ("icb_2023_ods", None),
    "ICB2026": ("icb_2026_ods", None),
    "SICBL2023": ("sub_icb_2023_ods", location),
    "CCG2016": ("ccg_2016_ods", ccg),
    "LAD2024": ("ltla24_code", council),
}
SHARES = ("outcode_lookup.csv", "outcode"), ("postcode_sector_lookup.csv.gz", "sector")

UNSTAGE = f"DROP TABLE IF EXISTS area_read, share_read, share_found, postcode_read, postcode_found, {STAGED}"
STAGE_SHARES = """CREATE TEMP TABLE share_read
    (area text, vintage text, key text, share float8, file text, line integer) ON COMMIT DROP"""
STAGE_AREAS = """CREATE TEMP TABLE area_read
    (code text, name text, deprivation_decile smallint, residents integer) ON COMMIT DROP"""
STAGE_POSTCODES = "CREATE TEMP TABLE postcode_read (postcode text, area text) ON COMMIT DROP"
MERGE_AREAS = """
    WITH merged AS (
        INSERT INTO small_area AS here (code, name, deprivation_decile, residents)
        SELECT code, name, deprivation_decile, residents FROM area_read ORDER BY code
        ON CONFLICT (code) DO UPDATE SET name = excluded.name,
            deprivation_decile = excluded.deprivation_decile, residents = excluded.residents
        WHERE (here.name, here.deprivation_decile, here.residents)
            IS DISTINCT FROM (excluded.name, excluded.deprivation_decile, excluded.residents)
        RETURNING xmax = 0 AS is_new)
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
        (SELECT count(*) FROM area_read) - count(*), 0 FROM merged"""
RESOLVE_SHARES = """
    CREATE TEMP TABLE share_found ON COMMIT DROP AS
    SELECT r.area COLLATE "C" AS area, r.vintage COLLATE "C" AS vintage, b.id AS body_id, r.share
    FROM share_read r JOIN body b ON b.key = r.key"""
# What an area is no longer in is removed: a boundary moved.
REMOVE_SHARES = """
    DELETE FROM area_share here WHERE NOT EXISTS (SELECT FROM share_found f
        WHERE (f.area, f.vintage, f.body_id) = (here.area, here.vintage, here.body_id))"""
MERGE_SHARES = """
    WITH merged AS (
        INSERT INTO area_share AS here (area, vintage, body_id, share)
        SELECT area, vintage, body_id, share FROM share_found ORDER BY area, vintage, body_id
        ON CONFLICT (area, vintage, body_id) DO UPDATE SET share = excluded.share
        WHERE here.share <> excluded.share
        RETURNING xmax = 0 AS is_new)
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
        (SELECT count(*) FROM share_found) - count(*), 0 FROM merged"""
RESOLVE_POSTCODES = """
    CREATE TEMP TABLE postcode_found ON COMMIT DROP AS
    SELECT replace(r.postcode, ' ', '') COLLATE "C" AS postcode, a.code COLLATE "C" AS area
    FROM postcode_read r JOIN small_area a ON a.code = r.area
    WHERE r.postcode ~ '^[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}$'"""
# Sorted, so that the index grows at its end.
ADD_POSTCODES = """
    INSERT INTO postcode (postcode, area) SELECT f.postcode, f.area FROM postcode_found f
    WHERE NOT EXISTS (SELECT FROM postcode here WHERE here.postcode = f.postcode) ORDER BY f.postcode"""
CHANGE_POSTCODES = """
    UPDATE postcode here SET area = f.area FROM postcode_found f
    WHERE f.postcode = here.postcode AND f.area <> here.area"""
# A postcode that is no longer live leads nowhere.
REMOVE_POSTCODES = """
    DELETE FROM postcode here
    WHERE NOT EXISTS (SELECT FROM postcode_found f WHERE f.postcode = here.postcode)"""


def unpacked(path: Path, report: Report) -> Iterator[bytes]:
    """Yield what a packed file holds, and report how much of it was read."""
    with path.open("rb") as packed, gzip.open(packed) as opened:
        while found := opened.read(BYTES_AT_ONCE):
            report(packed.tell() / path.stat().st_size)
            yield found


async def flowing(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the parts as the driver wants them."""
    for part in parts:
        yield part


async def load_small_areas(session: AsyncSession, folder: Path, report: Report) -> Counter[str]:
    """Load the small areas themselves."""
    await session.execute(text(STAGE_AREAS))
    read = (
        (
            row["lsoa21_code"],
            row["lsoa21_name"],
            row.whole("imd2025_decile"),
            row.whole("usual_residents_2021"),
        )
        for row in rows(folder, "lsoa_lookup.csv.gz")
    )
    await copy_in(session, "area_read", ("code", "name", "deprivation_decile", "residents"), read)
    report(0.8)
    return await tally(session, MERGE_AREAS)


async def load_shares(
    session: AsyncSession, folder: Path, catalogue: Catalogue, report: Report
) -> Counter[str]:
    """Load in which bodies small areas, sectors and outward codes lie, and bodies among each other."""
    await session.execute(text(STAGE_SHARES))
    columns = ("area", "vintage", "key", "share", "file", "line")
    await copy_in(session, "share_read", columns, shares_read(folder, footprint_keys(catalogue)))
    report(0.4)
    resolved = await count_of(session, RESOLVE_SHARES)
    rejected = await session.scalar(text("SELECT count(*) FROM share_read")) - resolved
    await find_body_areas(session, folder)
    await session.execute(text("ANALYZE share_found"))
    report(0.5)
    removed = await count_of(session, REMOVE_SHARES)
    merged = await tally(session, MERGE_SHARES)
    return merged + Counter(changed=removed, rejected=rejected)


async def tell_caches(session: AsyncSession, loaded: Iterable[Counter[str]]) -> None:
    """Raise the revision of the registry when areas or postcodes changed; last, as others wait for it."""
    if any(counts["new"] or counts["changed"] for counts in loaded):
        await next_positions(session, 1)


Share = tuple[str, str, str, float, str, int]


def shares_read(folder: Path, keys: dict[tuple[str, str], str]) -> Iterator[Share]:
    """Yield area, edition, key of the body and share, with the file and the line that say so."""
    for row in rows(folder, "lsoa_lookup.csv.gz"):
        for vintage, (column, key_of) in EDITIONS.items():
            code = row[column]
            key = key_of(code) if key_of else keys.get((vintage, code), code)
            yield row["lsoa21_code"], vintage, key, 1.0, *row.at
    for name, column in SHARES:
        for row in rows(folder, name):
            vintage, code = row["scheme"], row["footprint_code"]
            key = location(code) if vintage == "SICBL2023" else keys.get((vintage, code), code)
            yield row[column], vintage, key, row.share("share_of_postcodes"), *row.at


async def load_postcodes(session: AsyncSession, folder: Path, report: Report) -> Counter[str]:
    """Load all live postcodes."""
    await session.execute(text(STAGE_POSTCODES))
    driver = await driver_of(session)
    parts = unpacked(folder / "postcode_lookup.csv.gz", lambda share: report(share * 0.3))
    await driver.copy_to_table("postcode_read", source=flowing(parts), format="csv", header=True)
    await session.execute(text(RESOLVE_POSTCODES))
    await session.execute(text("ANALYZE postcode_found"))
    report(0.5)
    removed = await count_of(session, REMOVE_POSTCODES)
    changed = await count_of(session, CHANGE_POSTCODES)
    report(0.6)
    new = await count_of(session, ADD_POSTCODES)
    found = await session.scalar(text("SELECT count(*) FROM postcode_found")) or 0
    read = await session.scalar(text("SELECT count(*) FROM postcode_read")) or 0
    return Counter(new=new, changed=changed + removed, unchanged=found - new - changed, rejected=read - found)
