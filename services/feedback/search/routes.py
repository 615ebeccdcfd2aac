"""Search in published feedback."""

from typing import Annotated

from fastapi import Query, Response

from services.feedback.items.pages import Reader, themes_with
from services.feedback.items.schemas import Kind, Polarity
from services.feedback.search import domain
from services.feedback.search.schemas import FoundFeedback
from shared.auth import Anyone
from shared.copies import UNKNOWN_BODY
from shared.paging import Page, Paging
from shared.routing import Router
from shared.schemas import BodyRef, Code, Moment

router = Router(prefix="/v1/search", tags=["search"])


@router.get("", response_model=Page[FoundFeedback], problems=UNKNOWN_BODY)
async def search_feedback(
    q: Annotated[str, Query(min_length=1, max_length=200, description='Words; "a phrase"; or; -without.')],
    caller: Anyone,
    reader: Reader,
    paging: Paging,
    footprint: BodyRef | None = None,
    organisation: BodyRef | None = None,
    theme: Code | None = None,
    polarity: Annotated[Polarity | None, Query(description="Of the theme; without one, of any.")] = None,
    kind: Kind | None = None,
    since: Annotated[Moment | None, Query(description="Received at or after this instant.")] = None,
    until: Annotated[Moment | None, Query(description="Received before this instant.")] = None,
    highlights: Annotated[bool, Query(description="Also say where the words stand.")] = False,
) -> Response:
    """Find published feedback by its words, newest first, and what was done about each piece.

    Common words count only in a phrase, with `or`, or where there are no others.
    """
    bodies = await reader.bodies_along(footprint, organisation)
    themes = themes_with(theme, polarity)
    others = {**bodies, "themes": themes, "kind": kind, "since": since, "until": until}
    return await domain.search_page(reader, q, others, caller, paging, highlights=highlights)
