"""Successions over HTTP."""

from fastapi import Response

from services.registry.stewards import Steward, must_be_operator
from services.registry.successions import domain
from services.registry.successions.schemas import NewSuccession, SuccessionsOut
from shared.auth import ActorGiven
from shared.db import Session
from shared.idempotency import Once
from shared.routing import Router

router = Router(prefix="/v1/successions", tags=["successions"])


@router.post("", status_code=201, responses={200: {"model": SuccessionsOut, "description": "A dry run."}})
async def succeed(
    new: NewSuccession,
    steward: Steward,
    actor: ActorGiven,
    session: Session,
    once: Once,
    response: Response,
) -> SuccessionsOut:
    """Apply successions: from then on, what the predecessors owned is their successors'.

    For the operator's stewards, once for each predecessor, on the day or after it. With `dry_run`: shows
    what would move, answers 200.
    """
    await must_be_operator(session, steward)
    found = await domain.succeed(session, new, steward, actor)
    if new.dry_run:
        response.status_code = 200
    return once.keep(found)
