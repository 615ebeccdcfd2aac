"""Search in published feedback."""

from typing import Annotated

from fastapi import Query

from services.feedback.bodies.heirs import HeirsOfBodies
from services.feedback.items.queries import published_feedback_with
from services.feedback.items.view_schemas import FeedbackView
from services.feedback.items.views import feedback_view
from services.feedback.models import Feedback
from shared.auth import Anyone
from shared.db import Session
from shared.paging import Page, Paging, keyset
from shared.routing import Router

router = Router(prefix="/v1/search", tags=["search"])


@router.get("")
async def search_feedback(
    q: Annotated[str, Query(min_length=1, max_length=200, description='Words; "a phrase"; or; -without.')],
    caller: Anyone,
    heirs: HeirsOfBodies,
    session: Session,
    paging: Paging,
) -> Page[FeedbackView]:
    """Find published feedback by its words, newest first."""
    found, cursor = await keyset(session, published_feedback_with(q), paging, Feedback.id.desc())
    return paging.answer([feedback_view(feedback, caller, heirs) for feedback in found], cursor)
