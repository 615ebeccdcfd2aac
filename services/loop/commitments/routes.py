"""Commitments over HTTP."""

from uuid import UUID

from services.loop.commitments import domain
from services.loop.commitments.schemas import ChangeClaim, NewCommitment, Revision
from services.loop.commitments.steps import ACCEPTANCE, CHANGE_CLAIM, COMMITMENT, REVISION
from services.loop.core.http import StepRequest, route_step
from services.loop.view.domain import keep_loop
from services.loop.view.schemas import LoopView
from shared.copies import UNKNOWN_BODY
from shared.routing import Router

router = Router(tags=["commitments"])


@route_step(router, COMMITMENT, *UNKNOWN_BODY)
async def make_commitment(loop_id: UUID, new: NewCommitment, change: StepRequest) -> LoopView:
    """Promise what people will notice, by when, and who keeps it. The owning team must still accept."""
    loop, commitment = await domain.make_commitment(change, loop_id, new)
    return await keep_loop(change, loop, commitment.id)


@route_step(router, ACCEPTANCE)
async def accept_commitment(commitment_id: UUID, change: StepRequest) -> LoopView:
    """Accept a commitment as the team that is named as its owner. `If-Match` is the loop's version."""
    return await keep_loop(change, await domain.accept_commitment(change, commitment_id))


@route_step(router, REVISION, *UNKNOWN_BODY)
async def revise_commitment(commitment_id: UUID, new: Revision, change: StepRequest) -> LoopView:
    """Move the due date or name another owner, for a reason that everybody can read.

    The first due date stays visible, and every slip is counted. `If-Match` is the loop's version.
    """
    loop, revision = await domain.revise_commitment(change, commitment_id, new)
    return await keep_loop(change, loop, revision.id)


@route_step(router, CHANGE_CLAIM)
async def claim_change(commitment_id: UUID, change: StepRequest, new: ChangeClaim | None = None) -> LoopView:
    """Claim that the change has been made, on the evidence given. Somebody else must judge it.

    `If-Match` is the loop's version.
    """
    return await keep_loop(change, await domain.claim_change(change, commitment_id, new or ChangeClaim()))
