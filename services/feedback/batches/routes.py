"""Many pieces of feedback at once."""

from typing import Annotated, Any

from fastapi import Request

from services.feedback.batches import domain
from services.feedback.batches.schemas import BatchResult
from services.feedback.items.counter import Counter
from services.feedback.items.desk import Origin
from shared.auth import Caller, needs
from shared.db import Session
from shared.idempotency import Once
from shared.routing import Router
from shared.state import state_of

router = Router(prefix="/v1/feedback/batch", tags=["feedback"])
LINES = {"schema": {"type": "string", "description": "One body of POST /v1/feedback on each line."}}
NDJSON: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/x-ndjson": LINES, "text/plain": LINES}}
}


@router.post("", openapi_extra=NDJSON)
async def give_batch(
    request: Request, caller: Annotated[Caller, needs("feedback:write")], session: Session, once: Once
) -> BatchResult:
    """Record many pieces of feedback, one on each line; what is wrong with a line stops no other."""
    origin = Origin.of_client(caller.client_id, caller.organisation_id)
    desk = state_of(request, Counter).desk
    return once.keep(await domain.take_batch(session, await request.body(), origin, desk))
