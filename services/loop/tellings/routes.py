"""Tellings over HTTP: who would be told, how far it has come, and what people were told together."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.loop.loops.acting import Acting, answered
from services.loop.loops.schemas import LoopShown
from services.loop.tellings import reading
from services.loop.tellings.outcomes import tell_group
from services.loop.tellings.schemas import NewGroupTelling, PreviewOut, ToldOut
from shared.auth import Caller, needs
from shared.db import Session
from shared.events.loop import TellingKind
from shared.idempotency import Once
from shared.routing import Router

router = Router(prefix="/v1/loops", tags=["tellings"])
Reader = Annotated[Caller, needs("loop:read")]
KindAsked = Annotated[TellingKind, Query(description="What would be told.")]


@router.get("/{loop_id}/tellings/preview", summary="See who would be told")
async def preview_tellings(
    loop_id: UUID, session: Session, caller: Reader, kind: KindAsked = "acknowledged"
) -> PreviewOut:
    """See how many people would be told now. Send the `preview_id` when you acknowledge.

    Only the body that must answer and the client that raised the loop can see this.
    """
    return await reading.previewed(session, caller, loop_id, kind)


@router.get("/{loop_id}/tellings", summary="See what became of tellings")
async def list_tellings(loop_id: UUID, session: Session, caller: Reader) -> ToldOut:
    """See each telling and what became of it, for the body and who raised it; others find nothing here."""
    return await reading.told(session, caller, loop_id)


@router.post("/{loop_id}/tellings", status_code=201, summary="Log that people were told together")
async def log_group_telling(
    loop_id: UUID, given: NewGroupTelling, who: Acting, response: Response, session: Session, once: Once
) -> LoopShown:
    """Log that people were told together; it counts where nobody can be told one by one."""
    loop, row = await tell_group(session, who, loop_id, given)
    return once.keep(await answered(session, who.caller, loop, response, row.id))
