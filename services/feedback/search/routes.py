"""Search over published feedback."""

from typing import Annotated

from fastapi import Query, Request, Response

from services.feedback.items.schemas import FeedbackShown
from services.feedback.items.showing import shown
from services.feedback.models import Feedback
from services.feedback.search import queries
from shared.auth import Anyone
from shared.db import Session
from shared.paging import Page, Paging, keyset, page
from shared.routing import Router

router = Router(prefix="/v1/search", tags=["search"])


@router.get("")
async def search_feedback(
    q: Annotated[str, Query(min_length=1, max_length=200, description='Words; "a phrase"; or; -without.')],
    request: Request,
    response: Response,
    caller: Anyone,
    session: Session,
    paging: Paging,
) -> Page[FeedbackShown]:
    """Find published feedback by its words, newest first."""
    found, cursor = await keyset(session, queries.matching(q), paging, Feedback.id.desc())
    return page(request, response, [shown(feedback, caller) for feedback in found], cursor)
