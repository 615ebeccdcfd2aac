"""Which loops are to be counted again: what changed, what shares feedback with it, and whose time passed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, and_, bindparam, exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import Loop
from services.loop.sums.facts import WHOSE
from services.loop.sums.models import LoopCounted, LoopToCount

EVERYBODY = "%"
# A loop that changes is marked by each statement that changes it.
MARKS_OF_ONE = 50
# A loop adds feedback only if no other loop has added it, and is raised again by another loop.
TOUCHED = (
    text(
        """
    SELECT unnest(:ids) AS id
    UNION SELECT other.loop_id FROM unnest(:ids) AS changed (id)
    JOIN loop_feedback mine ON mine.loop_id = changed.id JOIN loop_feedback other USING (feedback_id)
    UNION SELECT link.loop_id FROM unnest(:ids) AS changed (id)
    JOIN loop_feedback link ON link.feedback_id = changed.id
    """
    )
    .bindparams(bindparam("ids", type_=ARRAY(Uuid)))
    .columns(id=Uuid)
    .cte("touched")
)
IS_THEIRS = or_(
    LoopCounted.whose.like(bindparam("pattern")),
    and_(Loop.state != "draft", WHOSE.like(bindparam("pattern"))),
)
CONCERNED = (
    select(TOUCHED.c.id)
    .outerjoin(Loop, Loop.id == TOUCHED.c.id)
    .outerjoin(LoopCounted, LoopCounted.loop_id == TOUCHED.c.id)
    .where(IS_THEIRS)
)
HAS_PASSED = LoopCounted.counted_until < bindparam("at")
IS_PENDING = or_(exists(select(LoopToCount.id)), exists(select(LoopCounted.loop_id).where(HAS_PASSED)))


class Marked(NamedTuple):
    """What changed, a loop or a piece of feedback, and the marks that say so."""

    id: UUID
    marks: list[int]


async def is_any_pending(session: AsyncSession, at: datetime) -> bool:
    """Whether any loop is to be counted again."""
    return bool(await session.scalar(select(IS_PENDING), {"at": at}))


async def find_marked(session: AsyncSession, limit: int | None = None) -> list[Marked]:
    """What changed, oldest first; with a limit so many of what the oldest marks are about."""
    oldest = select(LoopToCount.id, LoopToCount.changed_id).order_by(LoopToCount.id)
    mark = oldest.limit(limit and limit * MARKS_OF_ONE).subquery()
    found = select(mark.c.changed_id, func.array_agg(mark.c.id)).group_by(mark.c.changed_id)
    rows = await session.execute(found.order_by(func.min(mark.c.id)).limit(limit))
    return [Marked._make(row) for row in rows]


async def find_passed(session: AsyncSession, at: datetime, limit: int | None = None) -> Sequence[UUID]:
    """The loops that add something else only because time has passed."""
    passed = select(LoopCounted.loop_id).where(HAS_PASSED).order_by(LoopCounted.counted_until)
    return (await session.scalars(passed.limit(limit), {"at": at})).all()


async def find_concerned(
    session: AsyncSession, changed: Sequence[UUID], pattern: str = EVERYBODY
) -> Sequence[UUID]:
    """The loops to be counted again because of a change, of those whose text is like the pattern."""
    given = {"ids": list(set(changed)), "pattern": pattern}
    return (await session.scalars(CONCERNED, given)).all()


async def find_pending(session: AsyncSession, at: datetime, pattern: str = EVERYBODY) -> Sequence[UUID]:
    """All loops that are to be counted again, of those whose text is like the pattern."""
    marked = [each.id for each in await find_marked(session)]
    return await find_concerned(session, [*marked, *await find_passed(session, at)], pattern)
