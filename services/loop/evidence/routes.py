"""Evidence over HTTP."""

from uuid import UUID

from fastapi import Response

from services.loop.evidence import domain
from services.loop.evidence.schemas import Judgement, NewEvidence
from services.loop.loops.acting import Acting, Verifying, answered
from services.loop.loops.schemas import LoopShown
from shared.db import Session
from shared.idempotency import Once
from shared.routing import Router

router = Router(prefix="/v1", tags=["evidence"])


@router.post("/loops/{loop_id}/evidence", status_code=201, summary="Show that it was done before")
async def show_it_was_done(
    loop_id: UUID, given: NewEvidence, who: Acting, response: Response, session: Session, once: Once
) -> LoopShown:
    """Give evidence that what was asked for had been done; then decide `already_done`."""
    loop, evidence = await domain.show_it_was_done(session, who, loop_id, given)
    return once.keep(await answered(session, who.caller, loop, response, evidence.id))


@router.post("/commitments/{commitment_id}/evidence", status_code=201, summary="Show that it is kept")
async def show_commitment(
    commitment_id: UUID, given: NewEvidence, who: Acting, response: Response, session: Session, once: Once
) -> LoopShown:
    """Give evidence that a commitment is kept; of a file its SHA-256. `If-Match` is the loop's version."""
    loop, evidence = await domain.show_commitment(session, who, commitment_id, given)
    return once.keep(await answered(session, who.caller, loop, response, evidence.id))


@router.post("/evidence/{evidence_id}/verification", status_code=201, summary="Judge evidence")
async def verify_evidence(
    evidence_id: UUID, given: Judgement, who: Verifying, response: Response, session: Session, once: Once
) -> LoopShown:
    """Judge evidence that others gave. `If-Match` is the loop's version.

    Whoever owns it, claimed it or gave the evidence is refused: by person, and by organisation and team.
    """
    loop, judgement = await domain.verify(session, who, evidence_id, given)
    return once.keep(await answered(session, who.caller, loop, response, judgement.id))
