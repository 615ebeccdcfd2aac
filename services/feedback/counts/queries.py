"""Statements that read counts: exact ones as of this moment, and public ones of months that are closed."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Date, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.counts.adding import pieces

GIVEN = (
    bindparam("bodies", type_=ARRAY(Uuid)),
    bindparam("patterns", type_=ARRAY(Text)),
    bindparam("first", type_=Date),
    bindparam("last", type_=Date),
)
MARKED = "SELECT changed_id FROM piece_to_count"
OF_PIECES = "unnest(bodies) AS body_id, month, cell"
# The sums that are kept, with what marked pieces add now in the place of what they added then.
EXACT = text(
    f"""
    SELECT month, cell, sum(n)::bigint AS n FROM (
        SELECT body_id, month, cell, n FROM count_sum WHERE body_id = ANY (:bodies)
        UNION ALL SELECT {OF_PIECES}, 1 FROM ({pieces(MARKED)}) AS now CROSS JOIN unnest(cells) AS cell
        UNION ALL SELECT {OF_PIECES}, -1 FROM piece_counted CROSS JOIN unnest(cells) AS cell
        WHERE feedback_id IN ({MARKED})
    ) AS counted
    WHERE body_id = ANY (:bodies) AND month BETWEEN :first AND :last AND cell LIKE ANY (:patterns)
    GROUP BY month, cell
"""  # noqa: S608 -- made of constants
).bindparams(*GIVEN)
PUBLIC = text("""
    SELECT closed_month.month, small, cell, sum(n)::bigint AS n
    FROM closed_month LEFT JOIN closed_count ON closed_count.month = closed_month.month
        AND body_id = ANY (:bodies) AND cell LIKE ANY (:patterns)
    WHERE closed_month.month BETWEEN :first AND :last
    GROUP BY closed_month.month, cell
""").bindparams(*GIVEN)


class Asked(NamedTuple):
    """Which counts: of these bodies, of cells with such names, from the first month to the last."""

    bodies: Sequence[UUID]
    patterns: Sequence[str]
    first: date
    last: date


class Found(NamedTuple):
    """Counts by month and cell, and of public ones the months that are closed, with their thresholds.

    A threshold is null where counts of several bodies are added.
    """

    counts: dict[tuple[date, str], int]
    small: dict[date, int | None]


async def exact_counts(session: AsyncSession, asked: Asked) -> Found:
    """The counts at this moment, also what the worker has not folded yet."""
    rows = await session.execute(EXACT, asked._asdict())
    return Found({(month, cell): n for month, cell, n in rows}, {})


async def public_counts(session: AsyncSession, asked: Asked) -> Found:
    """The counts of the months that are closed, as they were closed."""
    found = Found({}, {})
    for month, small, cell, n in await session.execute(PUBLIC, asked._asdict()):
        found.small[month] = small
        if cell is not None:
            found.counts[month, cell] = n
    return found
