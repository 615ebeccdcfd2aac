"""Statements about reply codes and about the feedback that uses them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.contributors.models import Reach
from services.feedback.models import Feedback, LoopCopy, LoopMoment, ReplyCode, Revision
from services.feedback.sending.models import Sending


async def find_by_ref(session: AsyncSession, ref: str) -> tuple[ReplyCode, Feedback | None] | None:
    """A reply code, by its own hash or that of a mailed code, and the feedback that uses it if any does."""
    own = select(ReplyCode.id).where(ReplyCode.reply_ref == ref)
    mailed = select(Feedback.reply_code_id).join(Reach, Reach.feedback_id == Feedback.id)
    before = select(Feedback.reply_code_id).join(Sending, Sending.feedback_id == Feedback.id)
    refs = mailed.where(Reach.mailed_ref == ref), before.where(Sending.mailed_ref == ref)
    result = await session.execute(
        select(ReplyCode, Feedback)
        .outerjoin(Feedback, Feedback.reply_code_id == ReplyCode.id)
        .where(ReplyCode.id.in_(own.union_all(*refs)))
    )
    row = result.first()
    return (row[0], row[1]) if row else None


async def last_revised_at(session: AsyncSession, feedback_id: UUID) -> datetime | None:
    """When other words last took the place of those that stood; None if they never did, or all are erased."""
    replaced = select(func.max(Revision.replaced_at)).where(Revision.feedback_id == feedback_id)
    return await session.scalar(replaced)


async def loops_answering(
    session: AsyncSession, feedback_id: UUID
) -> tuple[Sequence[LoopCopy], Sequence[LoopMoment]]:
    """The loops that answer a piece of feedback, oldest first, and their steps."""
    answering = select(LoopCopy).where(LoopCopy.feedback_ids.contains([feedback_id])).order_by(LoopCopy.id)
    loops = (await session.scalars(answering)).all()
    ids = [loop.id for loop in loops]
    moments = select(LoopMoment).where(LoopMoment.loop_id.in_(ids)).order_by(LoopMoment.at)
    return loops, (await session.scalars(moments)).all() if ids else []
