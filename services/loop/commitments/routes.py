"""Commitments over HTTP."""

from uuid import UUID

from fastapi import Response

from services.loop.commitments import domain
from services.loop.commitments.schemas import ChangeClaim, NewCommitment, Revision
from services.loop.loops.acting import Acting, answered
from services.loop.loops.schemas import LoopShown
from shared.db import Session
from shared.idempotency import Once
from shared.routing import Router

router = Router(prefix="/v1", tags=["commitments"])


@router.post("/loops/{loop_id}/commitments", status_code=201, summary="Make a commitment")
async def make_commitment(
    loop_id: UUID, given: NewCommitment, who: Acting, response: Response, session: Session, once: Once
) -> LoopShown:
    """Promise what people will notice, by when, and who keeps it; that team has yet to accept."""
    loop, commitment = await domain.make_commitment(session, who, loop_id, given)
    return once.keep(await answered(session, who.caller, loop, response, commitment.id))


@router.post("/commitments/{commitment_id}/acceptance", summary="Accept a commitment")
async def accept_commitment(
    commitment_id: UUID, who: Acting, response: Response, session: Session, once: Once
) -> LoopShown:
    """Accept a commitment as the team that is named as its owner. `If-Match` is the loop's version."""
    loop = await domain.accept(session, who, commitment_id)
    return once.keep(await answered(session, who.caller, loop, response))


@router.post("/commitments/{commitment_id}/revisions", status_code=201, summary="Revise a commitment")
async def revise_commitment(
    commitment_id: UUID, given: Revision, who: Acting, response: Response, session: Session, once: Once
) -> LoopShown:
    """Move the due date or name another owner, for a reason that everybody reads.

    The first due date stays on show, and every slip is counted. `If-Match` is the loop's version.
    """
    loop, revision = await domain.revise(session, who, commitment_id, given)
    return once.keep(await answered(session, who.caller, loop, response, revision.id))


@router.post("/commitments/{commitment_id}/change-claims", summary="Claim a change")
async def claim_change(
    commitment_id: UUID,
    who: Acting,
    response: Response,
    session: Session,
    once: Once,
    given: ChangeClaim | None = None,
) -> LoopShown:
    """Say that the change is there, on the evidence given; somebody else judges. `If-Match` is the loop's."""
    loop = await domain.claim_change(session, who, commitment_id, given or ChangeClaim())
    return once.keep(await answered(session, who.caller, loop, response))
