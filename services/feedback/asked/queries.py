"""Statements about what was asked before; each reads a bounded number of rows, however many there are."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import RowMapping, TextClause, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import Uuid

READ_MAX, PLACES_MAX, LOOPS_MAX, ANSWERED_MAX = 10_000, 8, 20, 500
PLACES = f"""
    SELECT id, name FROM footprint_copy
    WHERE id = ANY (:bodies) OR EXISTS (SELECT FROM unnest(:bodies) AS named (id)
        WHERE successors @> jsonb_build_array(jsonb_build_object('id', named.id)))
    ORDER BY valid_from DESC, id LIMIT {PLACES_MAX}"""  # noqa: S608 # a number of ours
# Nothing but what is published with the counts themselves: sums of months that are closed.
YEARS = """
    SELECT body_id, CAST(extract(year FROM month) AS int) AS year,
        COALESCE(sum(n) FILTER (WHERE cell LIKE 'people/%'), 0)::int AS at_least,
        COALESCE(sum(n) FILTER (WHERE cell LIKE 'staff/%'), 0)::int AS staff_at_least
    FROM closed_count
    WHERE body_id = ANY (:bodies) AND cell IN ('people/theme/' || :theme, 'staff/theme/' || :theme)
    GROUP BY 1, 2 HAVING sum(n) > 0 ORDER BY 2"""
# Ids stand in the order in which the pieces came, so that the newest are read without a sort.
PIECES = f"""
    unnest(:bodies) AS place (id) CROSS JOIN LATERAL (
        SELECT id, kind, received_at, state = 'published' AND NOT demonstration
            AND themes @> jsonb_build_array(jsonb_build_object('code', :theme)) AS is_about
        FROM feedback WHERE footprint_id = place.id ORDER BY id DESC LIMIT {READ_MAX}
    ) AS piece"""  # noqa: S608 # a number of ours
PUBLISHED = f"""
    SELECT place.id AS body_id, kind, count(*) AS read, count(*) FILTER (WHERE is_about) AS pieces,
        max(received_at) FILTER (WHERE is_about) AS last_at
    FROM {PIECES} GROUP BY 1, 2 ORDER BY 2"""  # noqa: S608 # as above
LOOPS = f"""
    SELECT id AS loop_id, state, answer, closed_as, judged_by, demonstration, organisation_id, footprint_id
    FROM loop_copy WHERE state <> 'draft' AND feedback_ids && ARRAY(
        SELECT piece.id FROM {PIECES} WHERE is_about ORDER BY piece.id DESC LIMIT {ANSWERED_MAX})
    ORDER BY id DESC LIMIT {LOOPS_MAX}"""  # noqa: S608 # as above


def statement_about(sql: str) -> TextClause:
    """A statement about bodies and a theme."""
    typed = sql.replace(":bodies", "CAST(:bodies AS uuid[])").replace(":theme", "CAST(:theme AS text)")
    return text(typed).bindparams(bindparam("bodies", type_=ARRAY(Uuid)))


STATEMENTS = {each: statement_about(each) for each in (PLACES, YEARS, PUBLISHED, LOOPS)}


class FoundBefore(NamedTuple):
    """What was found: places, their years, their published pieces by kind, and loops."""

    places: Sequence[RowMapping]
    years: Sequence[RowMapping]
    published: Sequence[RowMapping]
    loops: Sequence[RowMapping]


async def find_before(session: AsyncSession, along: Sequence[UUID], theme: str) -> FoundBefore:
    """All that is public about a theme in the footprints among some bodies, and in those they took over."""

    async def rows_of(sql: str, **values: object) -> Sequence[RowMapping]:
        return (await session.execute(STATEMENTS[sql], values)).mappings().all()

    places = await rows_of(PLACES, bodies=list(along))
    asked = {"bodies": [place["id"] for place in places], "theme": theme}
    found = [await rows_of(each, **asked) for each in (YEARS, PUBLISHED, LOOPS)]
    return FoundBefore(places, *found)
