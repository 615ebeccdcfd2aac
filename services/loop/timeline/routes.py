"""A loop's history over HTTP."""

from uuid import UUID

from fastapi import Response

from services.loop.core.access import find_loop
from services.loop.history.domain import check_history
from services.loop.timeline import domain
from services.loop.timeline.schemas import TimelineEntry, VerifiedOut
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.paging import Page, Paging
from shared.routing import Router

router = Router(prefix="/v1/loops", tags=["history"])
CONTENT = {"application/x-ndjson": {"schema": {"type": "string"}}}
LINES: dict[int | str, object] = {200: {"content": CONTENT}}


@router.get("/{loop_id}/timeline", summary="See what happened to a loop", problems=(NotFound,))
async def list_timeline(
    loop_id: UUID, paging: Paging, session: Session, caller: Anyone
) -> Page[TimelineEntry]:
    """List what happened to a loop, oldest first: each entry of its history, with what was written."""
    loop = await find_loop(session, caller, loop_id)
    entries, cursor = await domain.timeline_page(session, caller, loop, paging)
    return paging.answer(entries, cursor)


@router.get("/{loop_id}/verify", summary="Check a loop's history", problems=(NotFound,))
async def verify_loop(loop_id: UUID, session: Session, caller: Anyone) -> VerifiedOut:
    """Check each hash, each link and each text of a loop's history, and all that is shown of the loop."""
    loop = await find_loop(session, caller, loop_id)
    return VerifiedOut.model_validate(await check_history(session, loop.id))


@router.get(
    "/{loop_id}/export",
    summary="Export a loop's history",
    response_class=Response,
    responses=LINES,
    problems=(NotFound,),
)
async def export_loop(loop_id: UUID, session: Session, caller: Anyone) -> Response:
    """Export a loop's history as JSON lines: each entry's exact text and hash, its texts and their salts.

    `docs/verify_export.py` checks it without our code.
    """
    loop = await find_loop(session, caller, loop_id)
    lines = await domain.export_lines(session, caller, loop)
    return Response(lines, media_type="application/x-ndjson")
