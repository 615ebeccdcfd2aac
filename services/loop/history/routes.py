"""A loop's history over HTTP."""

from typing import Any
from uuid import UUID

from fastapi import Request, Response

from services.loop.history import reading
from services.loop.history.domain import verify
from services.loop.history.schemas import TimelineEntry, VerifiedOut
from services.loop.loops.domain import find
from shared.auth import Anyone
from shared.db import Session
from shared.paging import Page, Paging, page
from shared.routing import Router

router = Router(prefix="/v1/loops", tags=["history"])
CONTENT = {"application/x-ndjson": {"schema": {"type": "string"}}}
LINES: dict[int | str, dict[str, Any]] = {200: {"content": CONTENT}}


@router.get("/{loop_id}/timeline", summary="See what happened to a loop")
async def list_timeline(
    loop_id: UUID, paging: Paging, request: Request, response: Response, session: Session, caller: Anyone
) -> Page[TimelineEntry]:
    """List what happened to a loop, the first first: each entry of its history, with what was written."""
    loop = await find(session, caller, loop_id)
    entries, cursor = await reading.timeline(session, caller, loop, paging)
    return page(request, response, entries, cursor)


@router.get("/{loop_id}/verify", summary="Check a loop's history")
async def verify_loop(loop_id: UUID, session: Session, caller: Anyone) -> VerifiedOut:
    """Check each hash, each link and each text of a loop's history, and the rows that show them."""
    loop = await find(session, caller, loop_id)
    return VerifiedOut.model_validate(await verify(session, loop.id))


@router.get("/{loop_id}/export", summary="Take a loop's history with you", responses=LINES)
async def export_loop(loop_id: UUID, session: Session, caller: Anyone) -> Response:
    """Export a loop's history as JSON lines: each entry's exact text and hash, its texts and their salts.

    `docs/verify_export.py` checks it without our code.
    """
    loop = await find(session, caller, loop_id)
    lines = await reading.exported(session, caller, loop)
    return Response(lines, media_type="application/x-ndjson")
