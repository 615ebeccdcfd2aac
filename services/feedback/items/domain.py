"""Giving feedback: once, and again with other content under the same external id."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items import queries
from services.feedback.items.desk import Desk, Origin
from services.feedback.items.intake import prepare
from services.feedback.items.schemas import NewFeedback
from services.feedback.items.statement import store_with
from services.feedback.models import Feedback


async def give(session: AsyncSession, new: NewFeedback, *, origin: Origin, desk: Desk) -> Feedback:
    """Record what somebody says; the same external id changes nothing, or makes a revision.

    The reply code is `desk.codes.code_of(feedback.reply_code_id)`.
    """
    raise AssertionError
