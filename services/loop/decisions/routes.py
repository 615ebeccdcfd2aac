"""Decisions over HTTP."""

from uuid import UUID

from fastapi import Response

from services.loop.decisions import domain
from services.loop.decisions.schemas import NewDecision
from services.loop.loops.acting import Acting, answered
from services.loop.loops.schemas import LoopShown
from shared.db import Session
from shared.idempotency import Once
from shared.routing import Router

router = Router(prefix="/v1/loops", tags=["loops"])


@router.post("/{loop_id}/decisions", status_code=201, summary="Decide")
async def decide_loop(
    loop_id: UUID, given: NewDecision, who: Acting, response: Response, session: Session, once: Once
) -> LoopShown:
    """Record what was decided, where, by which role and why.

    Who declines says what would change it, when they look again or why it is final, and how to object.
    """
    loop, decision = await domain.decide(session, who, loop_id, given)
    return once.keep(await answered(session, who.caller, loop, response, decision.id))
