"""Tellings over HTTP: how many people would be told, how many have been, and people told together."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.loop.core.http import StepRequest, route_step
from services.loop.tellings import reading
from services.loop.tellings.progress import store_group_telling
from services.loop.tellings.schemas import NewGroupTelling, PreviewOut, TellingsView
from services.loop.tellings.steps import GROUP_TELLING
from services.loop.view.domain import keep_loop
from services.loop.view.schemas import LoopView
from shared.auth import Caller, needs
from shared.db import Session
from shared.errors import NotFound
from shared.events.loop import TellingKind
from shared.routing import Router

router = Router(tags=["tellings"])
Reader = Annotated[Caller, needs("loop:read")]
KindAsked = Annotated[TellingKind, Query(description="What people would be told.")]
PATH = "/v1/loops/{loop_id}/tellings"


@router.get(f"{PATH}/preview", summary="See who would be told", problems=(NotFound,))
async def preview_tellings(
    loop_id: UUID, session: Session, caller: Reader, kind: KindAsked = "acknowledged"
) -> PreviewOut:
    """See how many people would be told now. Send the `preview_id` when you acknowledge.

    Only the body that must answer and the client that raised the loop can see this.
    """
    return await reading.preview_view(session, caller, loop_id, kind)


@router.get(PATH, summary="See the results of tellings", problems=(NotFound,))
async def list_tellings(loop_id: UUID, session: Session, caller: Reader) -> TellingsView:
    """See each telling and its result.

    Only the body that must answer and the client that raised the loop can see this.
    """
    return await reading.tellings_view(session, caller, loop_id)


@route_step(router, GROUP_TELLING)
async def log_group_telling(loop_id: UUID, new: NewGroupTelling, change: StepRequest) -> LoopView:
    """Log that people were told together. It counts only if nobody can be told alone."""
    loop, telling = await store_group_telling(change, loop_id, new)
    return await keep_loop(change, loop, telling.id)
