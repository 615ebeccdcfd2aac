"""Reading verdicts, and the loops that ask for them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import FeedbackCopy, Loop, LoopFeedback
from services.loop.records import Clock, Verdict

EVER = datetime(1970, 1, 1, tzinfo=UTC)
GONE = ("withdrawn", "erased")


async def loops_answering(session: AsyncSession, reply_ref: str) -> Sequence[Loop]:
    """Return the public loops that answer what came in under a code and was not taken back."""
    said = select(FeedbackCopy.id).where(FeedbackCopy.reply_ref == reply_ref, FeedbackCopy.state.not_in(GONE))
    answering = select(LoopFeedback.loop_id).where(LoopFeedback.feedback_id.in_(said))
    found = select(Loop).where(Loop.id.in_(answering), Loop.state != "draft").order_by(Loop.id)
    return (await session.scalars(found)).all()


async def verdict_by(session: AsyncSession, loop_id: UUID, reply_ref: str) -> Verdict | None:
    """Return the verdict that was given with a code."""
    given = Verdict.loop_id == loop_id, Verdict.reply_ref == reply_ref
    return (await session.scalars(select(Verdict).where(*given))).one_or_none()


async def verdicts_of(session: AsyncSession, loop: Loop) -> Sequence[Verdict]:
    """Return the verdicts that were given or changed since they were last asked for."""
    at = func.coalesce(Verdict.changed_at, Verdict.given_at)
    given = Verdict.loop_id == loop.id, at >= (loop.verdict_opened_at or EVER)
    return (await session.scalars(select(Verdict).where(*given).order_by(Verdict.id))).all()


async def open_until(session: AsyncSession, loop_id: UUID) -> datetime | None:
    """Return until when verdicts can be given, None when they cannot."""
    running = Clock.loop_id == loop_id, Clock.kind == "verdict", Clock.met_at.is_(None)
    return await session.scalar(select(Clock.due_at).where(*running))


async def loop_to_close(session: AsyncSession, at: datetime) -> Loop | None:
    """Return a loop whose time for verdicts is over, locked; those that another worker has are left."""
    over = select(Clock.loop_id).where(Clock.kind == "verdict", Clock.met_at.is_(None), Clock.due_at < at)
    due = select(Loop).where(Loop.state == "verdict_open", Loop.id.in_(over)).order_by(Loop.id).limit(1)
    locking = due.with_for_update(skip_locked=True, of=Loop).execution_options(populate_existing=True)
    return (await session.scalars(locking)).one_or_none()
