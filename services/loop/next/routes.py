"""What may be done next, over HTTP."""

from uuid import UUID

from services.loop.core.access import find_loop
from services.loop.next.domain import next_steps
from services.loop.next.schemas import NextSteps
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.routing import Router

router = Router(prefix="/v1/loops", tags=["loops"])


@router.get("/{loop_id}/next", summary="See what may be done next", problems=(NotFound,))
async def list_next_steps(loop_id: UUID, session: Session, caller: Anyone) -> NextSteps:
    """List the steps that the state allows: who may take each, by when, what is missing, and an example."""
    return await next_steps(session, caller, await find_loop(session, caller, loop_id))
