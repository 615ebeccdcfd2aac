"""Where bodies lie: computed from the small areas that they are made of, or known from their address.

So the code of any body leads to its footprints as a postcode does: by an area and the shares of that area.
"""

from collections import Counter
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.files import Row, read_rows
from services.registry.imports.organisations import KINDS
from services.registry.imports.sets import AreaTable, merge_rows, stage_rows, stage_table

# An address that is older than what is known of its body moves nobody back.
KEEP_NEWER = """
    UPDATE address_read r SET area = b.area, latitude = NULL, longitude = NULL, is_older = true
    FROM body b WHERE b.key = r.key AND nullif(r.as_of, '') < to_char(b.known_on, 'YYYY-MM-DD')"""
# Where the file does not say in which small area an address lies, its postcode does.
FIND_BY_POSTCODE = """
    UPDATE address_read r SET area = p.area FROM postcode p
    WHERE r.area = '' AND p.postcode COLLATE "C" = replace(r.postcode, ' ', '')"""
# Small areas that lie in the same bodies are taken together first: there are some hundred kinds of them.
# An edition of groups that changed nothing there has no row, and is filled in from the one before. Earlier
# editions of councils show only those that were abolished: nothing else is said to lie in them.
FIND_COMMON_RESIDENTS = """
    WITH placed AS (
        SELECT a.residents, array_agg(f.edition ORDER BY f.edition) AS editions,
            array_agg(f.body_id ORDER BY f.edition) AS bodies
        FROM share_found f JOIN small_area a ON a.code = f.area GROUP BY a.code),
    alike AS (
        SELECT row_number() OVER () AS id, sum(residents) AS residents, editions, bodies
        FROM placed GROUP BY editions, bodies),
    part AS (
        SELECT id, residents, edition, body_id FROM alike, unnest(editions, bodies) AS u (edition, body_id)),
    moved AS (
        SELECT *, lead(edition) OVER (PARTITION BY id ORDER BY edition) AS until
        FROM part WHERE edition LIKE 'CCG%'),
    whole AS (
        SELECT id, residents, edition, body_id FROM part UNION ALL
        SELECT m.id, m.residents, later.edition, m.body_id
        FROM moved m JOIN (SELECT DISTINCT edition FROM moved) later
            ON later.edition > m.edition AND (m.until IS NULL OR later.edition < m.until))
    SELECT here.body_id, here.edition AS own_edition, there.edition, there.body_id AS lies_in,
        sum(here.residents) AS residents
    FROM whole here JOIN whole there USING (id)
    WHERE there.edition = 'LAD2024' OR there.edition NOT LIKE 'LAD%' OR there.body_id = here.body_id
    GROUP BY 1, 2, 3, 4"""
ADD_COUNTIES = """
    INSERT INTO common_found
    SELECT county.id, c.own_edition, c.edition, c.lies_in, sum(c.residents)
    FROM common_found c JOIN relation r ON r.to_id = c.body_id AND r.kind = 'encloses'
        AND r.superseded_at IS NULL
    JOIN body county ON county.id = r.from_id AND county.kind = 'local_authority'
    WHERE c.own_edition = 'LAD2024' GROUP BY 1, 2, 3, 4"""
# A council that was abolished and has no small areas, as a county, lies where those do that followed it.
ADD_ABOLISHED_COUNCILS = """
    WITH RECURSIVE step AS (
        SELECT r.from_id, r.to_id FROM relation r JOIN body b ON b.id = r.from_id
        WHERE b.kind = 'local_authority' AND r.kind = 'succeeded_by' AND r.superseded_at IS NULL),
    heir AS (
        SELECT from_id, to_id FROM step
        UNION SELECT heir.from_id, step.to_id FROM heir JOIN step ON step.from_id = heir.to_id),
    added AS (
        SELECT heir.from_id, c.own_edition, c.edition, c.lies_in, sum(c.residents) AS residents
        FROM heir JOIN common_found c ON c.body_id = heir.to_id AND c.own_edition = 'LAD2024'
        WHERE NOT EXISTS (SELECT FROM common_found own WHERE own.body_id = heir.from_id)
        GROUP BY 1, 2, 3, 4)
    INSERT INTO common_found
    SELECT * FROM added UNION ALL
    SELECT b.id, a.own_edition, concat('LAD', extract(year FROM b.closed_on) - 1), b.id, sum(a.residents)
    FROM added a JOIN body b ON b.id = a.from_id WHERE a.edition = 'LAD2024' GROUP BY 1, 2, 3, 4"""
# A footprint that no edition of the small areas shows lay where those lie that followed it.
ADD_FOOTPRINTS_BETWEEN = """
    INSERT INTO common_found
    SELECT before.id, c.own_edition, c.edition, c.lies_in, sum(c.residents)
    FROM common_found c JOIN relation r ON r.to_id = c.body_id AND r.kind = 'succeeded_by'
        AND r.superseded_at IS NULL
    JOIN body before ON before.id = r.from_id AND before.is_footprint
    WHERE c.own_edition LIKE 'ICB%'
        AND NOT EXISTS (SELECT FROM common_found own WHERE own.body_id = before.id)
    GROUP BY 1, 2, 3, 4"""
# A body is an area under its id. Of several editions of its own the same one counts, or its first where
# the partnerships of 2016 are asked about, else its last.
ADD_SHARES = """
    INSERT INTO share_found (area, edition, body_id, share)
    SELECT body_id::text, edition, lies_in,
        round(residents / sum(residents) OVER (PARTITION BY body_id, edition), 6)::float8
    FROM (SELECT *, dense_rank() OVER (PARTITION BY body_id, edition ORDER BY own_edition <> edition,
            CASE WHEN edition = 'STP2016' THEN 1 ELSE -1 END * right(own_edition, 4)::integer) AS choice
        FROM common_found WHERE residents > 0) ranked
    WHERE choice = 1"""
# As with small areas: an edition of groups that changed nothing for a body says nothing of it.
DROP_REPEATED = """
    WITH sets AS (
        SELECT f.area, f.edition, array_agg((f.body_id, f.share) ORDER BY f.body_id) AS bodies
        FROM share_found f WHERE f.edition LIKE 'CCG%' AND f.area LIKE '%-%' GROUP BY 1, 2),
    compared AS (
        SELECT *, bodies = lag(bodies) OVER (PARTITION BY area ORDER BY edition) AS is_same FROM sets)
    DELETE FROM share_found f USING compared c
    WHERE c.is_same AND (c.area, c.edition) = (f.area, f.edition)"""
FIND_ADDRESSES = """
    SELECT b.id AS body_id, r.area FROM address_read r JOIN body b ON b.key = r.key
    JOIN small_area a ON a.code = r.area"""
# A commissioning group that had closed before 2016 lay where its heir does; a Healthwatch lies where its
# council does.
FIND_AREAS = """
    SELECT DISTINCT body_id, body_id::text COLLATE "C" AS area FROM common_found
    UNION ALL
    SELECT before.id, min(r.to_id::text)
    FROM body before JOIN relation r ON r.from_id = before.id AND r.kind = 'succeeded_by'
        AND r.superseded_at IS NULL
    WHERE before.kind = 'ccg' AND r.to_id IN (SELECT body_id FROM common_found)
        AND NOT EXISTS (SELECT FROM common_found c WHERE c.body_id = before.id) GROUP BY before.id
    UNION ALL
    SELECT watching.id, min(c.body_id::text)
    FROM body watching JOIN relation r ON r.from_id = watching.id AND r.kind = 'member_of'
        AND r.superseded_at IS NULL
    JOIN common_found c ON c.body_id = r.to_id AND c.own_edition LIKE 'LAD%'
    WHERE watching.kind = 'healthwatch' GROUP BY watching.id
    UNION ALL"""
# Only a whole import knows that the area of a body is no longer known.
SET_AREAS = """
    WITH moved AS (
        UPDATE body here SET area = f.area
        FROM body b LEFT JOIN body_area_found f ON f.body_id = b.id
        WHERE here.id = b.id AND b.file <> '' AND b.area IS DISTINCT FROM f.area
            AND (:is_whole OR f.area IS NOT NULL)
        RETURNING b.area IS NULL AS is_new)
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
        (SELECT count(*) FROM body_area_found) - count(*) FROM moved"""
POSITIONS = AreaTable("known_position", ("area", "latitude", "longitude"))
POSITIONS_READ = """
    SELECT DISTINCT r.area, r.latitude, r.longitude
    FROM address_read r JOIN small_area a ON a.code = r.area WHERE r.latitude IS NOT NULL"""
# A row that lacks its position, as those of ODS do, does not say that it is gone.
IS_ANY_OLDER = """
    SELECT EXISTS (SELECT FROM address_read WHERE is_older)
        OR NOT EXISTS (SELECT FROM address_read WHERE latitude IS NOT NULL)"""


def address_of(row: Row) -> tuple[str, str, float | None, float | None, str, str]:
    """The key of a practice or a trust, its small area, its position if known, as of when, its postcode."""
    latitude, longitude = (
        row.parse(column, float, "is not a number") if row[column] else None for column in ("lat", "lon")
    )
    at = (latitude, longitude) if latitude is not None and longitude is not None else (None, None)
    key = f"{KINDS[row['org_type']]}/{row['ods_code']}"
    return key, row["lsoa21_code"], *at, row["as_of"], row["postcode"]


async def stage_addresses(session: AsyncSession, folder: Path) -> None:
    """Read where practices and trusts are."""
    columns = 'key text, area text COLLATE "C", latitude float8, longitude float8, as_of text, postcode text'
    rows = (address_of(row) for row in read_rows(folder, "organisations.csv") if row["org_type"] in KINDS)
    await stage_rows(session, "address_read", columns, rows, more="is_older boolean DEFAULT false")
    await session.execute(text(FIND_BY_POSTCODE))
    await session.execute(text(KEEP_NEWER))


async def find_body_areas(session: AsyncSession, folder: Path) -> None:
    """Find where all bodies lie, and add their shares to those found of small areas."""
    await stage_addresses(session, folder)
    await stage_table(session, "common_found", FIND_COMMON_RESIDENTS)
    for statement in (
        ADD_COUNTIES,
        ADD_ABOLISHED_COUNCILS,
        ADD_FOOTPRINTS_BETWEEN,
        ADD_SHARES,
        DROP_REPEATED,
    ):
        await session.execute(text(statement))
    await stage_table(session, "body_area_found", FIND_AREAS + FIND_ADDRESSES)


async def place_addresses(session: AsyncSession, folder: Path) -> Counter[str]:
    """Say where practices and trusts are when their file comes alone; all others stay where they are."""
    await stage_addresses(session, folder)
    await stage_table(session, "body_area_found", FIND_ADDRESSES)
    return await place_bodies(session, is_whole=False)


async def place_bodies(session: AsyncSession, *, is_whole: bool) -> Counter[str]:
    """Set the areas that were found of bodies, and the known positions, and count both."""
    # A position does not say whose it is: while one is left out as older, none is known to be gone.
    older = bool(await session.scalar(text(IS_ANY_OLDER)))
    positions = await merge_rows(session, POSITIONS, POSITIONS_READ, keeps_others=older)
    new, changed, unchanged = (await session.execute(text(SET_AREAS), {"is_whole": is_whole})).one()
    return positions + Counter(new=new, changed=changed, unchanged=unchanged)
