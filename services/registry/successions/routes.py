"""Successions over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response

from services.registry.successions import domain
from services.registry.successions.schemas import NewSuccession, SuccessionsOut
from shared.auth import Caller, needs
from shared.db import Session
from shared.idempotency import Once

router = APIRouter(prefix="/v1/successions", tags=["successions"])


@router.post("", status_code=201, responses={200: {"model": SuccessionsOut, "description": "A dry run."}})
async def succeed(
    new: NewSuccession,
    caller: Annotated[Caller, needs("registry:write")],
    session: Session,
    once: Once,
    response: Response,
) -> SuccessionsOut:
    """Apply successions: from then on, what the predecessors owned is their successors'.

    Once for each predecessor, on the day or after it. With `dry_run`: shows what would move, answers 200.
    """
    found = await domain.succeed(session, new, caller)
    if new.dry_run:
        response.status_code = 200
    return once.keep(found)
