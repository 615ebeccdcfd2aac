"""Search in published feedback."""

from typing import Annotated

from fastapi import Query, Response

from services.feedback.items.pages import Reader
from services.feedback.items.view_schemas import FeedbackView
from shared.auth import Anyone
from shared.paging import Page, Paging
from shared.routing import Router

router = Router(prefix="/v1/search", tags=["search"])


@router.get("", response_model=Page[FeedbackView])
async def search_feedback(
    q: Annotated[str, Query(min_length=1, max_length=200, description='Words; "a phrase"; or; -without.')],
    caller: Anyone,
    reader: Reader,
    paging: Paging,
) -> Response:
    """Find published feedback by its words, newest first."""
    return await reader.page_of_search(q, caller, paging)
