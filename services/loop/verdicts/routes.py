"""Verdicts over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request

from services.loop.verdicts import domain
from services.loop.verdicts.schemas import NewVerdict, VerdictOut, VerdictsOut
from shared.auth import Anyone
from shared.db import Session
from shared.secrets import key_of

router = APIRouter(prefix="/v1", tags=["verdicts"])


@router.post("/replies/verdict", summary="Give a verdict with a reply code")
async def give_verdict(new: NewVerdict, request: Request, _: Anyone, session: Session) -> VerdictOut:
    """Say with a reply code alone what you make of it; until the time is over you can change it."""
    return await domain.give(session, new, key_of(request.app.state.settings.reply_ref_key))


@router.get("/loops/{loop_id}/verdicts", summary="See what people made of it")
async def read_verdicts(loop_id: UUID, session: Session, caller: Anyone) -> VerdictsOut:
    """See what people made of a loop; in public small numbers are held back."""
    return await domain.shown(session, caller, loop_id)
