"""Verdicts over HTTP."""

from uuid import UUID

from fastapi import Request

from services.loop.settings import Settings
from services.loop.verdicts import domain
from services.loop.verdicts.schemas import NewVerdict, VerdictOut, VerdictsOut
from shared.auth import Anyone
from shared.db import Session
from shared.routing import Router
from shared.secrets import key_of
from shared.state import state_of

router = Router(prefix="/v1", tags=["verdicts"])


@router.post("/replies/verdict", summary="Give a verdict with a reply code")
async def give_verdict(new: NewVerdict, request: Request, _: Anyone, session: Session) -> VerdictOut:
    """Say with a reply code alone what you make of it; until the time is over you can change it."""
    return await domain.give(session, new, key_of(state_of(request, Settings).reply_ref_key))


@router.get("/loops/{loop_id}/verdicts", summary="See what people made of it")
async def read_verdicts(loop_id: UUID, session: Session, caller: Anyone) -> VerdictsOut:
    """See what people made of a loop; in public small numbers are held back."""
    return await domain.shown(session, caller, loop_id)
