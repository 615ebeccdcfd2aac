"""What waits for moderators, and what they do with up to 100 pieces at a time: always a named person."""

from typing import Annotated

from fastapi import Security

from services.feedback.moderation import bulk
from services.feedback.moderation.bulk_schemas import Moderations, PieceResults, Readings, WorkView
from shared.auth import Caller, needs
from shared.change_request import AttributedRequest, attributed_request
from shared.db import Session
from shared.routing import Router

router = Router(prefix="/v1", tags=["moderation"])
ManyEdits = Annotated[AttributedRequest, Security(attributed_request, scopes=["feedback:write"])]


@router.get("/feedback-work")
async def count_work(caller: Annotated[Caller, needs("feedback:read")], session: Session) -> WorkView:
    """Count what waits for a person of yours, by kind. `GET /v1/feedback?work=…` lists it."""
    return WorkView(items=await bulk.count_work(session, caller))


@router.post("/feedback-bulk/readings")
async def record_many_read(readings: Readings, change: ManyEdits) -> PieceResults:
    """Record that a person read up to 100 pieces. One that is refused leaves the others alone."""
    return change.keep(await bulk.read_pieces(change, readings.pieces))


@router.post("/feedback-bulk/moderations")
async def moderate_many(moderations: Moderations, change: ManyEdits) -> PieceResults:
    """Publish, withhold or mark urgent up to 100 pieces. One that is refused leaves the others alone."""
    return change.keep(await bulk.moderate_pieces(change, moderations.decisions))
