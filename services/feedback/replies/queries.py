"""Statements about reply codes and about the feedback that uses them."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.contributors.models import Reach
from services.feedback.models import Feedback, ReplyCode, Revision
from services.feedback.sending.models import Sending


async def find_by_refs(session: AsyncSession, refs: Collection[str]) -> dict[str, Feedback | None]:
    """The feedback that uses each of these codes, None if none does yet, by the hash of the code.

    A code is found by its own hash or that of a mailed code; one that nobody has is left out.
    """
    own = select(ReplyCode.reply_ref.label("ref"), ReplyCode.id.label("code_id"))
    mailed = select(Reach.mailed_ref, Feedback.reply_code_id).join(Reach, Reach.feedback_id == Feedback.id)
    before = select(Sending.mailed_ref, Feedback.reply_code_id)
    before = before.join(Sending, Sending.feedback_id == Feedback.id)
    others = mailed.where(Reach.mailed_ref.in_(refs)), before.where(Sending.mailed_ref.in_(refs))
    known = own.where(ReplyCode.reply_ref.in_(refs)).union_all(*others).subquery("known")
    wanted = select(known.c.ref, Feedback).outerjoin(Feedback, Feedback.reply_code_id == known.c.code_id)
    return {row[0]: row[1] for row in await session.execute(wanted)}


async def last_revisions(session: AsyncSession, feedback_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When other words last took the place of those that stood, by piece; left out where none ever did."""
    if not feedback_ids:
        return {}
    replaced_at = func.max(Revision.replaced_at)
    wanted = select(Revision.feedback_id, replaced_at).where(Revision.feedback_id.in_(feedback_ids))
    rows = await session.execute(wanted.group_by(Revision.feedback_id))
    return {feedback_id: at for feedback_id, at in rows if at}
