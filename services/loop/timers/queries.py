"""Reading what the passing of time brings: clocks to announce, and drafts to open."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import locking
from services.loop.models import Loop, LoopFeedback
from services.loop.records import Clock

# The time to give verdicts ends, and nobody misses it: nobody is late when it has passed.
NEVER_MISSED = ("verdict",)


def is_to_be_announced(at: datetime) -> ColumnElement[bool]:
    """Whether a clock is near its end or past it, and no event has said so."""
    running = and_(Clock.met_at.is_(None), Clock.breached_at.is_(None))
    near = and_(Clock.due_soon_at.is_(None), Clock.due_soon_from <= at, Clock.due_at >= at)
    missed = and_(Clock.due_at < at, Clock.kind.not_in(NEVER_MISSED))
    return and_(running, or_(near, missed))


async def lock_loop_to_announce(session: AsyncSession, at: datetime) -> Loop | None:
    """A loop with a clock to announce, locked; loops that another worker has locked are left out.

    The clocks of a draft wait until it is open, because others do not learn what happens to drafts.
    """
    waiting = select(Clock.loop_id).where(is_to_be_announced(at))
    found = select(Loop).where(Loop.state != "draft", Loop.id.in_(waiting)).limit(1)
    return (await session.scalars(locking(found, skip_locked=True))).one_or_none()


async def clocks_to_announce(session: AsyncSession, loop_id: UUID, at: datetime) -> Sequence[Clock]:
    """The clocks of a locked loop that must be announced, as they are now."""
    found = select(Clock).where(Clock.loop_id == loop_id, is_to_be_announced(at))
    ordered = found.order_by(Clock.due_at, Clock.id).execution_options(populate_existing=True)
    return (await session.scalars(ordered)).all()


async def lock_draft_after(session: AsyncSession, last: UUID | None, before: datetime) -> Loop | None:
    """The next draft with feedback from before a moment, locked; others' locks are skipped."""
    linked = select(LoopFeedback.loop_id).where(LoopFeedback.loop_id == Loop.id).exists()
    drafts = select(Loop).where(Loop.state == "draft", Loop.drafted_at < before, linked)
    following = drafts.where(Loop.id > last) if last else drafts
    ordered = following.order_by(Loop.id).limit(1)
    return (await session.scalars(locking(ordered, skip_locked=True))).one_or_none()
