"""Where trusts and practices are, when their file comes without those of the areas."""

from collections import Counter
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.body_areas import (
    ADD_POSITIONS,
    FIND_POSITIONS,
    REMOVE_POSITIONS,
    count_of,
    stage_addresses,
    tally,
)

# An area that is not known says nothing.
SET_AREAS = """
    WITH found AS (
        SELECT b.id, r.area FROM address_read r JOIN body b ON b.key = r.key
        JOIN small_area a ON a.code = r.area),
    moved AS (
        UPDATE body here SET area = f.area FROM found f JOIN body b ON b.id = f.id
        WHERE here.id = f.id AND b.area IS DISTINCT FROM f.area RETURNING b.area IS NULL AS is_new)
    SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new),
        (SELECT count(*) FROM found) - count(*), 0 FROM moved"""


async def place_addresses(session: AsyncSession, folder: Path) -> Counter[str]:
    """Say where trusts and practices are; all other bodies stay where they are."""
    await stage_addresses(session, folder)
    await session.execute(text(FIND_POSITIONS))
    removed = await count_of(session, REMOVE_POSITIONS)
    new = await count_of(session, ADD_POSITIONS)
    kept = (await session.scalar(text("SELECT count(*) FROM position_found")) or 0) - new
    return await tally(session, SET_AREAS) + Counter(new=new, changed=removed, unchanged=kept)
