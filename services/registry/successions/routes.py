"""Successions over HTTP."""

from services.registry.stewards import OperatorChange
from services.registry.successions import domain
from services.registry.successions.domain import AlreadySucceeded, NoSuccession, SuccessionTooEarly
from services.registry.successions.schemas import NewSuccession, SuccessionsOut
from shared.routing import Router

router = Router(prefix="/v1/successions", tags=["successions"])


@router.post(
    "",
    status_code=201,
    responses={200: {"model": SuccessionsOut, "description": "A dry run."}},
    problems=(AlreadySucceeded, NoSuccession, SuccessionTooEarly),
)
async def succeed(new: NewSuccession, change: OperatorChange) -> SuccessionsOut:
    """Apply successions: from then on, what the predecessors owned is their successors'.

    For the operator's stewards, once for each predecessor, on the day or later. With `dry_run` it answers 200
    and shows what would move.
    """
    successions = await domain.succeed(change.session, new, change.caller, change.actor)
    if new.dry_run:
        change.response.status_code = 200
    return change.keep(successions)
