"""Evidence over HTTP."""

from uuid import UUID

from services.loop.core.http import StepRequest, VerifyRequest, route_step
from services.loop.evidence import domain
from services.loop.evidence.schemas import Judgement, NewEvidence
from services.loop.evidence.steps import EVIDENCE, EVIDENCE_BEFORE, VERIFICATION
from services.loop.view.domain import keep_loop
from services.loop.view.schemas import LoopView
from shared.routing import Router

router = Router(tags=["evidence"])


@route_step(router, EVIDENCE_BEFORE)
async def show_it_was_done(loop_id: UUID, new: NewEvidence, change: StepRequest) -> LoopView:
    """Give evidence that what people asked for had already been done. Then decide `already_done`."""
    loop, evidence = await domain.give_earlier_evidence(change, loop_id, new)
    return await keep_loop(change, loop, evidence.id)


@route_step(router, EVIDENCE)
async def show_commitment(commitment_id: UUID, new: NewEvidence, change: StepRequest) -> LoopView:
    """Give evidence that a commitment is kept. For a file, give its SHA-256.

    `If-Match` is the loop's version.
    """
    loop, evidence = await domain.give_evidence(change, commitment_id, new)
    return await keep_loop(change, loop, evidence.id)


@route_step(router, VERIFICATION)
async def verify_evidence(evidence_id: UUID, new: Judgement, change: VerifyRequest) -> LoopView:
    """Judge evidence that others gave. `If-Match` is the loop's version.

    Nobody may judge what they own, claimed or gave evidence for: as a person, or as an organisation and team.
    """
    loop, verification = await domain.verify_evidence(change, evidence_id, new)
    return await keep_loop(change, loop, verification.id)
