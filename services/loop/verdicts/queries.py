"""Reading verdicts, and the loops that ask for them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import locking
from services.loop.models import GONE, FeedbackCopy, Loop, LoopFeedback
from services.loop.records import Clock, Verdict

EVER = datetime(1970, 1, 1, tzinfo=UTC)


async def loops_answering(session: AsyncSession, reply_ref: str) -> Sequence[Loop]:
    """The public loops that answer the feedback under a code, if it was not withdrawn."""
    said = select(FeedbackCopy.id).where(FeedbackCopy.reply_ref == reply_ref, FeedbackCopy.state.not_in(GONE))
    answering = select(LoopFeedback.loop_id).where(LoopFeedback.feedback_id.in_(said))
    found = select(Loop).where(Loop.id.in_(answering), Loop.state != "draft").order_by(Loop.id)
    return (await session.scalars(found)).all()


async def verdict_by(session: AsyncSession, loop_id: UUID, reply_ref: str) -> Verdict | None:
    """The verdict that was given with a code."""
    given = Verdict.loop_id == loop_id, Verdict.reply_ref == reply_ref
    return (await session.scalars(select(Verdict).where(*given))).one_or_none()


async def verdicts_of(session: AsyncSession, loop: Loop) -> Sequence[Verdict]:
    """The verdicts that were given or changed since people were last asked."""
    at = func.coalesce(Verdict.changed_at, Verdict.given_at)
    given = Verdict.loop_id == loop.id, at >= (loop.verdict_opened_at or EVER)
    return (await session.scalars(select(Verdict).where(*given).order_by(Verdict.id))).all()


async def open_until(session: AsyncSession, loop_id: UUID) -> datetime | None:
    """The moment until which verdicts can be given; None when they cannot."""
    running = Clock.loop_id == loop_id, Clock.kind == "verdict", Clock.met_at.is_(None)
    return await session.scalar(select(Clock.due_at).where(*running))


async def lock_loop_to_close(session: AsyncSession, at: datetime) -> Loop | None:
    """A loop whose time for verdicts is over, locked; loops that another worker has locked are left out."""
    over = select(Clock.loop_id).where(Clock.kind == "verdict", Clock.met_at.is_(None), Clock.due_at < at)
    due = select(Loop).where(Loop.state == "verdict_open", Loop.id.in_(over)).order_by(Loop.id).limit(1)
    return (await session.scalars(locking(due, skip_locked=True))).one_or_none()
