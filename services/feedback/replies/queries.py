"""Reads of reply codes and of what they are bound to."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import Feedback, ReplyCode


async def by_ref(session: AsyncSession, reply_ref: str) -> tuple[ReplyCode, Feedback | None] | None:
    """Return a reply code and the feedback that it is bound to, if it is."""
    found = await session.execute(
        select(ReplyCode, Feedback)
        .outerjoin(Feedback, Feedback.reply_code_id == ReplyCode.id)
        .where(ReplyCode.reply_ref == reply_ref)
    )
    row = found.first()
    return (row[0], row[1]) if row else None
