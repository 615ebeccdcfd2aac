"""Evidence over HTTP."""

from uuid import UUID

from fastapi import Response

from services.loop.core.http import StepRequest, VerifyRequest, route_step
from services.loop.evidence import domain
from services.loop.evidence.schemas import Judgement, NewEvidence
from services.loop.evidence.steps import EVIDENCE, EVIDENCE_BEFORE, VERIFICATION
from services.loop.view.domain import keep_loop
from services.loop.view.schemas import LoopView
from shared.auth import Anyone
from shared.db import Session
from shared.errors import NotFound
from shared.routing import Router

router = Router(tags=["evidence"])
FILE = "application/octet-stream"
AS_FILE: dict[int | str, object] = {
    200: {"content": {FILE: {"schema": {"type": "string", "format": "binary"}}}}
}


@route_step(router, EVIDENCE_BEFORE)
async def show_it_was_done(loop_id: UUID, new: NewEvidence, change: StepRequest) -> LoopView:
    """Give evidence that what people asked for had already been done. Then decide `already_done`."""
    loop, evidence = await domain.give_earlier_evidence(change, loop_id, new)
    return await keep_loop(change, loop, evidence.id)


@route_step(router, EVIDENCE)
async def show_commitment(commitment_id: UUID, new: NewEvidence, change: StepRequest) -> LoopView:
    """Give evidence that a commitment is kept: a file, or what a person saw, where and when.

    `If-Match` is the loop's version.
    """
    loop, evidence = await domain.give_evidence(change, commitment_id, new)
    return await keep_loop(change, loop, evidence.id)


@router.get(
    "/v1/evidence/{evidence_id}/file",
    summary="Look at the file of evidence",
    response_class=Response,
    responses=AS_FILE,
    problems=(NotFound,),
)
async def read_evidence_file(evidence_id: UUID, session: Session, caller: Anyone) -> Response:
    """Download the file of a piece of evidence, as it was given."""
    content = await domain.file_of_evidence(session, caller, evidence_id)
    # Somebody else wrote it: a browser saves it and never shows it as a page of ours.
    headers = {
        "Content-Disposition": f'attachment; filename="evidence-{evidence_id}"',
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=FILE, headers=headers)


@route_step(router, VERIFICATION)
async def verify_evidence(evidence_id: UUID, new: Judgement, change: VerifyRequest) -> LoopView:
    """Judge evidence that others gave. `If-Match` is the loop's version.

    You may not if you or your team drafted, decided, promised, own, claimed or showed something in the loop.
    If another team of the body judges, the loop says that the body judged it itself.
    """
    loop, verification = await domain.verify_evidence(change, evidence_id, new)
    return await keep_loop(change, loop, verification.id)
