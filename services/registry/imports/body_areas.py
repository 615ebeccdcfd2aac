"""Where bodies lie: computed from the small areas that they are made of, or known from their address.

So the code of any body leads to its footprints as a postcode does: by an area and the shares of that area.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.sources import rows
from services.registry.imports.store import copy_in

KINDS = {"nhs_trust": "trust", "gp_practice": "practice"}

STAGE = """
    CREATE TEMP TABLE address_read (key text, area text COLLATE "C", latitude float8, longitude float8,
        as_of text, is_older boolean DEFAULT false) ON COMMIT DROP"""
# An address of before what is known of its body moves nobody back.
KEEP_NEWER = """
    UPDATE address_read r SET area = b.area, latitude = NULL, longitude = NULL, is_older = true
    FROM body b WHERE b.key = r.key AND nullif(r.as_of, '') < to_char(b.known_on, 'YYYY-MM-DD')"""
# Small areas that lie in the same bodies are taken together first: there are some hundred kinds of them.
FIND_COMMON_RESIDENTS = """
    CREATE TEMP TABLE common_found ON COMMIT DROP AS
    WITH placed AS (
        SELECT a.residents, array_agg(f.vintage ORDER BY f.vintage) AS vintages,
            array_agg(f.body_id ORDER BY f.vintage) AS bodies
        FROM share_found f JOIN small_area a ON a.code = f.area GROUP BY a.code),
    alike AS (
        SELECT row_number() OVER () AS id, sum(residents) AS residents, vintages, bodies
        FROM placed GROUP BY vintages, bodies),
    part AS (
        SELECT id, residents, vintage, body_id FROM alike, unnest(vintages, bodies) AS u (vintage, body_id))
    SELECT here.body_id, here.vintage AS edition, there.vintage, there.body_id AS lies_in,
        sum(here.residents) AS residents
    FROM part here JOIN part there USING (id) GROUP BY 1, 2, 3, 4"""
ADD_COUNTIES = """
    INSERT INTO common_found
    SELECT county.id, c.edition, c.vintage, c.lies_in, sum(c.residents)
    FROM common_found c JOIN relation r ON r.to_id = c.body_id AND r.kind = 'encloses'
        AND r.superseded_at IS NULL
    JOIN body county ON county.id = r.from_id AND county.kind = 'local_authority'
    WHERE c.edition = 'LAD2024' GROUP BY 1, 2, 3, 4"""
# A footprint that no edition of the small areas shows lay where those lie that followed it.
ADD_FOOTPRINTS_BETWEEN = """
    INSERT INTO common_found
    SELECT before.id, c.edition, c.vintage, c.lies_in, sum(c.residents)
    FROM common_found c JOIN relation r ON r.to_id = c.body_id AND r.kind = 'succeeded_by'
        AND r.superseded_at IS NULL
    JOIN body before ON before.id = r.from_id AND before.is_footprint
    WHERE c.edition LIKE 'ICB%' AND NOT EXISTS (SELECT FROM common_found own WHERE own.body_id = before.id)
    GROUP BY 1, 2, 3, 4"""
# A body is an area under its id. Of several editions of its own the same one counts, or its first where
# the partnerships of 2016 are asked about, else its last.
ADD_SHARES = """
    INSERT INTO share_found (area, vintage, body_id, share)
    SELECT body_id::text, vintage, lies_in,
        round(residents / sum(residents) OVER (PARTITION BY body_id, vintage), 6)::float8
    FROM (SELECT *, dense_rank() OVER (PARTITION BY body_id, vintage ORDER BY edition <> vintage,
            CASE WHEN vintage = 'STP2016' THEN 1 ELSE -1 END * right(edition, 4)::integer) AS choice
        FROM common_found WHERE residents > 0) ranked
    WHERE choice = 1"""
# A commissioning group formed after 2016 lay where the location of a board does that kept its code; a
# Healthwatch lies where its council does.
FIND_AREAS = """
    CREATE TEMP TABLE body_area_found ON COMMIT DROP AS
    SELECT DISTINCT body_id, body_id::text COLLATE "C" AS area FROM common_found
    UNION ALL
    SELECT b.id, r.area FROM address_read r JOIN body b ON b.key = r.key
        JOIN small_area a ON a.code = r.area
    UNION ALL
    SELECT ccg.id, min(location.id::text)
    FROM body ccg JOIN body_code own ON own.body_id = ccg.id AND own.scheme = 'ods'
    JOIN body_code kept ON kept.code = own.code AND kept.scheme = 'ods'
    JOIN body location ON location.id = kept.body_id AND location.kind = 'sub_icb_location'
    WHERE ccg.kind = 'ccg' AND location.id IN (SELECT body_id FROM common_found)
        AND NOT EXISTS (SELECT FROM common_found c WHERE c.body_id = ccg.id) GROUP BY ccg.id
    UNION ALL
    SELECT watching.id, min(c.body_id::text)
    FROM body watching JOIN relation r ON r.from_id = watching.id AND r.kind = 'member_of'
        AND r.superseded_at IS NULL
    JOIN common_found c ON c.body_id = r.to_id AND c.edition = 'LAD2024'
    WHERE watching.kind = 'healthwatch' GROUP BY watching.id"""
SET_AREAS = """
    WITH moved AS (
        UPDATE body here SET area = f.area
        FROM body b LEFT JOIN body_area_found f ON f.body_id = b.id
        WHERE here.id = b.id AND b.file <> '' AND b.area IS DISTINCT FROM f.area
        RETURNING b.area IS NULL AS is_new)
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
        (SELECT count(*) FROM body_area_found) - count(*), 0 FROM moved"""
FIND_POSITIONS = """
    CREATE TEMP TABLE position_found ON COMMIT DROP AS
    SELECT DISTINCT r.area, r.latitude, r.longitude
    FROM address_read r JOIN small_area a ON a.code = r.area WHERE r.latitude IS NOT NULL"""
# A position does not say whose it is: while somebody's is left out as older, none is known to be gone.
REMOVE_POSITIONS = """
    DELETE FROM known_position here WHERE NOT EXISTS (SELECT FROM position_found f
        WHERE (f.area, f.latitude, f.longitude) = (here.area, here.latitude, here.longitude))
    AND NOT EXISTS (SELECT FROM address_read WHERE is_older)"""
ADD_POSITIONS = """
    INSERT INTO known_position (area, latitude, longitude)
    SELECT area, latitude, longitude FROM position_found f WHERE NOT EXISTS (SELECT FROM known_position here
        WHERE (f.area, f.latitude, f.longitude) = (here.area, here.latitude, here.longitude))
    ORDER BY area, latitude, longitude"""
FIND = (FIND_COMMON_RESIDENTS, ADD_COUNTIES, ADD_FOOTPRINTS_BETWEEN, ADD_SHARES, FIND_AREAS)
STAGED = "address_read, common_found, body_area_found, position_found"


def address(row: dict[str, str]) -> tuple[str, str, float | None, float | None, str]:
    """Return the key of a practice or a trust with its small area, its position if known, and as of when."""
    known = row["lat"] and row["lon"]
    at = (float(row["lat"]), float(row["lon"])) if known else (None, None)
    return f"{KINDS[row['org_type']]}/{row['ods_code']}", row["lsoa21_code"], *at, row["as_of"]


async def count_of(session: AsyncSession, statement: str) -> int:
    """Run a statement and return how many rows it concerned."""
    found: Any = await session.execute(text(statement))
    return int(found.rowcount)


async def tally(session: AsyncSession, statement: str) -> Counter[str]:
    """Run a merge that ends in four counts, and return them by name."""
    new, changed, unchanged, rejected = (await session.execute(text(statement))).one()
    return Counter(new=new, changed=changed, unchanged=unchanged, rejected=rejected)


async def stage_addresses(session: AsyncSession, folder: Path) -> None:
    """Read where practices and trusts are."""
    await session.execute(text(STAGE))
    read = (address(row) for row in rows(folder, "organisations.csv") if row["org_type"] in KINDS)
    await copy_in(session, "address_read", ("key", "area", "latitude", "longitude", "as_of"), read)
    await session.execute(text(KEEP_NEWER))


async def find_body_areas(session: AsyncSession, folder: Path) -> None:
    """Add the shares of bodies to those found of small areas."""
    await stage_addresses(session, folder)
    for statement in FIND:
        await session.execute(text(statement))


async def place_bodies(session: AsyncSession) -> Counter[str]:
    """Say in which area each body is, and where practices and trusts are; their areas have to be found."""
    await session.execute(text(FIND_POSITIONS))
    removed = await count_of(session, REMOVE_POSITIONS)
    new = await count_of(session, ADD_POSITIONS)
    kept = (await session.scalar(text("SELECT count(*) FROM position_found")) or 0) - new
    return await tally(session, SET_AREAS) + Counter(new=new, changed=removed, unchanged=kept)
