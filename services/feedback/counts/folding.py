"""Keeping the sums: the worker folds what changed into them, piece by piece; a command counts all again."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, Uuid, bindparam, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.counts.adding import pieces
from services.feedback.counts.models import PieceToCount

PIECE = 2000
FIRST_ID = UUID(int=0)
# Only one at a time changes the sums. Whoever changes feedback need not wait: they only add marks.
ALONE = text("SELECT pg_advisory_xact_lock(hashtext('feedback counts'))")
IDS = bindparam("ids", type_=ARRAY(Uuid))
COLUMNS = "body_id, month, cell, n"
ADDED = "unnest(bodies) AS body_id, month, cell"
# One statement, so that what pieces add and what they added are of one state of the database.
KEEP = text(
    f"""
    WITH now AS MATERIALIZED ({pieces("SELECT unnest(:ids)")}),
    before AS MATERIALIZED (SELECT * FROM piece_counted WHERE feedback_id = ANY (:ids)),
    differing AS MATERIALIZED (
        SELECT feedback_id FROM now FULL JOIN before USING (feedback_id)
        WHERE (now.month, now.bodies, now.cells) IS DISTINCT FROM (before.month, before.bodies, before.cells)
    ),
    gone AS (DELETE FROM piece_counted WHERE feedback_id IN
        (SELECT feedback_id FROM differing EXCEPT SELECT feedback_id FROM now)),
    kept AS (
        INSERT INTO piece_counted SELECT * FROM now WHERE feedback_id IN (SELECT * FROM differing)
        ON CONFLICT (feedback_id) DO UPDATE
        SET month = excluded.month, bodies = excluded.bodies, cells = excluded.cells
    ),
    summed AS (
        INSERT INTO count_sum ({COLUMNS})
        SELECT body_id, month, cell, sum(sign) FROM (
            SELECT {ADDED}, 1 AS sign FROM now CROSS JOIN unnest(cells) AS cell
            WHERE feedback_id IN (SELECT * FROM differing)
            UNION ALL SELECT {ADDED}, -1 FROM before CROSS JOIN unnest(cells) AS cell
            WHERE feedback_id IN (SELECT * FROM differing)
        ) AS change GROUP BY body_id, month, cell HAVING sum(sign) <> 0
        ON CONFLICT (body_id, month, cell) DO UPDATE SET n = count_sum.n + excluded.n
    )
    SELECT count(*) FROM differing WHERE feedback_id NOT IN (SELECT changed_id FROM piece_to_count)
"""  # noqa: S608 -- made of constants
).bindparams(IDS)
UNMARK = text("DELETE FROM piece_to_count WHERE id = ANY (:marks)").bindparams(
    bindparam("marks", type_=ARRAY(BigInteger))
)
NEXT = text(
    f"""
    SELECT id FROM feedback WHERE id > :after UNION SELECT feedback_id FROM piece_counted
    WHERE feedback_id > :after ORDER BY 1 LIMIT {PIECE}
"""  # noqa: S608 -- made of constants
)
SUM_AGAIN = text(
    f"""
    WITH right_sum AS (
        SELECT {ADDED}, count(*) AS n FROM piece_counted CROSS JOIN unnest(cells) AS cell
        GROUP BY 1, 2, 3
    ), mended AS (
        INSERT INTO count_sum ({COLUMNS})
        SELECT body_id, month, cell, coalesce(right_sum.n, 0)
        FROM right_sum FULL JOIN count_sum USING (body_id, month, cell)
        WHERE coalesce(right_sum.n, 0) <> coalesce(count_sum.n, 0)
        ON CONFLICT (body_id, month, cell) DO UPDATE SET n = excluded.n RETURNING 1
    )
    SELECT count(*) FROM mended
"""  # noqa: S608 -- made of constants
)


class Drift(NamedTuple):
    """How many pieces were counted again, and how many pieces and sums were kept otherwise."""

    counted: int
    pieces: int
    sums: int


async def fold_changes(session: AsyncSession) -> int:
    """Fold the next changes into the sums; return how many marks there were.

    Marks are read before the facts: what changes after that has a mark of its own, which stays.
    """
    oldest = select(PieceToCount.id, PieceToCount.changed_id).order_by(PieceToCount.id).limit(PIECE)
    if not await session.scalar(select(func.count()).select_from(oldest.limit(1).subquery())):
        return 0
    await session.execute(ALONE)
    marked = (await session.execute(oldest)).all()
    await keep_pieces(session, list({row.changed_id for row in marked}))
    await session.execute(UNMARK, {"marks": [row.id for row in marked]})
    return len(marked)


async def keep_pieces(session: AsyncSession, ids: Sequence[UUID]) -> int:
    """Count pieces again and keep what they add; how many had no mark and were kept otherwise."""
    return await session.scalar(KEEP, {"ids": ids}) or 0


async def recount_all(sessions: async_sessionmaker[AsyncSession]) -> Drift:
    """Count every piece again, a part in each transaction, and put right what is kept."""
    counted, wrong = 0, 0
    last: UUID | None = FIRST_ID
    while last:
        async with sessions.begin() as session:
            await session.execute(ALONE)
            ids = (await session.scalars(NEXT, {"after": last})).all()
            wrong += await keep_pieces(session, ids)
        counted, last = counted + len(ids), ids[-1] if ids else None
    async with sessions.begin() as session:
        await session.execute(ALONE)
        return Drift(counted, wrong, await session.scalar(SUM_AGAIN) or 0)
