"""Reading verdicts, and the loops that ask for them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import locking
from services.loop.models import FeedbackCopy, Loop, LoopFeedback
from services.loop.records import Clock, Commitment, Telling, Verdict

EVER = datetime(1970, 1, 1, tzinfo=UTC)


async def loops_answering(session: AsyncSession, reply_ref: str) -> Sequence[Loop]:
    """The public loops that answer the feedback under a code; whoever took it away chooses no voters."""
    said = select(FeedbackCopy.id).where(FeedbackCopy.reply_ref == reply_ref)
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


async def is_witnessed(session: AsyncSession, loop: Loop, reply_ref: str) -> bool:
    """Whether somebody besides the body knows the contributor under a code.

    Another organisation sent what they said, or a telling reached them at an address of their own.
    """
    theirs = select(FeedbackCopy.id).join(LoopFeedback, LoopFeedback.feedback_id == FeedbackCopy.id)
    theirs = theirs.where(LoopFeedback.loop_id == loop.id, FeedbackCopy.reply_ref == reply_ref)
    bodies = {loop.organisation_id, loop.footprint_id, loop.inherited_from} - {None}
    owners = select(Commitment.owner_organisation_id).where(Commitment.loop_id == loop.id)
    by_others = FeedbackCopy.sender_id.not_in(bodies) & FeedbackCopy.sender_id.not_in(owners)
    told = select(Telling.feedback_id).where(Telling.loop_id == loop.id, Telling.own_address)
    witnessed = theirs.where(or_(by_others, FeedbackCopy.id.in_(told))).limit(1)
    return await session.scalar(witnessed) is not None


async def verdicts_by(session: AsyncSession, reply_ref: str) -> Sequence[Verdict]:
    """The verdicts that were given with a code, on the loops that still ask and those that are over."""
    return (
        await session.scalars(select(Verdict).where(Verdict.reply_ref == reply_ref).order_by(Verdict.id))
    ).all()


async def open_until(session: AsyncSession, loop_id: UUID) -> datetime | None:
    """The moment until which verdicts can be given; None when they cannot."""
    running = Clock.loop_id == loop_id, Clock.kind == "verdict", Clock.met_at.is_(None)
    return await session.scalar(select(Clock.due_at).where(*running))


async def lock_loop_to_close(session: AsyncSession, at: datetime) -> Loop | None:
    """A loop to close, locked: its time for verdicts is over, and it is not halted.

    Loops that another worker has locked are left out.
    """
    over = select(Clock.loop_id).where(Clock.kind == "verdict", Clock.met_at.is_(None), Clock.due_at < at)
    ready = Loop.state == "verdict_open", Loop.halted_at.is_(None), Loop.id.in_(over)
    due = select(Loop).where(*ready).order_by(Loop.id).limit(1)
    return (await session.scalars(locking(due, skip_locked=True))).one_or_none()
