"""Reading clocks: which of them want something of somebody now."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import FeedbackCopy, Loop, LoopFeedback
from services.loop.records import Clock

# The time to give verdicts ends, it is not missed: nobody is late when it has passed.
NEVER_MISSED = ("verdict",)


def wants_telling(at: datetime) -> ColumnElement[bool]:
    """Hold for clocks that are near their end or past it, and of which that has not been told."""
    running = and_(Clock.met_at.is_(None), Clock.breached_at.is_(None))
    near = and_(Clock.due_soon_at.is_(None), Clock.due_soon_from <= at, Clock.due_at >= at)
    missed = and_(Clock.due_at < at, Clock.kind.not_in(NEVER_MISSED))
    return and_(running, or_(near, missed))


async def loop_with_news(session: AsyncSession, at: datetime) -> Loop | None:
    """Return a loop, locked, with a clock to be told of; those that another worker has in hand are left.

    What a draft's clock says is told once the draft is open: drafts are nobody's business outside.
    """
    waiting = select(Clock.loop_id).where(wants_telling(at))
    found = select(Loop).where(Loop.state != "draft", Loop.id.in_(waiting)).limit(1)
    locking = found.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return (await session.scalars(locking)).one_or_none()


async def clocks_with_news(session: AsyncSession, loop_id: UUID, at: datetime) -> Sequence[Clock]:
    """Return the clocks of a locked loop that are to be told of, as they are now."""
    found = select(Clock).where(Clock.loop_id == loop_id, wants_telling(at)).order_by(Clock.due_at, Clock.id)
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def draft_after(session: AsyncSession, last: UUID | None, before: datetime) -> Loop | None:
    """Return the next draft with feedback from before a moment, locked; those in other hands are left."""
    linked = select(LoopFeedback.loop_id).where(LoopFeedback.loop_id == Loop.id).exists()
    drafts = select(Loop).where(Loop.state == "draft", Loop.drafted_at < before, linked)
    following = drafts.where(Loop.id > last) if last else drafts
    locking = following.order_by(Loop.id).limit(1).with_for_update(skip_locked=True)
    return (await session.scalars(locking.execution_options(populate_existing=True))).one_or_none()


async def linked_copies(session: AsyncSession, loop_id: UUID) -> Sequence[FeedbackCopy | None]:
    """Return what is known now of each piece of a loop's feedback; None of one that is not known here."""
    known = select(FeedbackCopy).select_from(LoopFeedback).where(LoopFeedback.loop_id == loop_id)
    found = known.outerjoin(FeedbackCopy, FeedbackCopy.id == LoopFeedback.feedback_id)
    return (await session.scalars(found.execution_options(populate_existing=True))).all()


async def reading_clocks(session: AsyncSession, about: ColumnElement[bool]) -> Sequence[Clock]:
    """Return the clocks of reading that run for some linked feedback, locked."""
    linked = select(LoopFeedback.loop_id).where(about)
    running = select(Clock).where(Clock.kind == "read", Clock.met_at.is_(None), Clock.loop_id.in_(linked))
    locking = running.order_by(Clock.id).with_for_update().execution_options(populate_existing=True)
    return (await session.scalars(locking)).all()
