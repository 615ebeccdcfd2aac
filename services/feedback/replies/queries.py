"""Reads of reply codes and of what they are bound to."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import Feedback, LoopCopy, LoopMoment, ReplyCode


async def by_ref(session: AsyncSession, reply_ref: str) -> tuple[ReplyCode, Feedback | None] | None:
    """Return a reply code and the feedback that it is bound to, if it is."""
    found = await session.execute(
        select(ReplyCode, Feedback)
        .outerjoin(Feedback, Feedback.reply_code_id == ReplyCode.id)
        .where(ReplyCode.reply_ref == reply_ref)
    )
    row = found.first()
    return (row[0], row[1]) if row else None


async def loops_answering(
    session: AsyncSession, feedback_id: UUID
) -> tuple[Sequence[LoopCopy], Sequence[LoopMoment]]:
    """Return the loops that answer a piece of feedback, the first first, and what happened to them."""
    answering = select(LoopCopy).where(LoopCopy.feedback_ids.contains([feedback_id])).order_by(LoopCopy.id)
    loops = (await session.scalars(answering)).all()
    ids = [loop.id for loop in loops]
    moments = select(LoopMoment).where(LoopMoment.loop_id.in_(ids)).order_by(LoopMoment.at)
    return loops, (await session.scalars(moments)).all() if ids else []
