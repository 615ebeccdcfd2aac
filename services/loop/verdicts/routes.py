"""Verdicts over HTTP."""

from uuid import UUID

from fastapi import Request

from services.loop.errors import LoopToBeNamed, VerdictNotOpen
from services.loop.settings import Settings
from services.loop.verdicts import domain
from services.loop.verdicts.schemas import NewVerdict, VerdictLookup, VerdictOut, VerdictsGiven, VerdictsView
from shared.auth import Anyone
from shared.codes import ReplyCodeUnknown
from shared.db import Session
from shared.errors import NotFound
from shared.routing import Router
from shared.secrets import key_of
from shared.state import state_of

router = Router(prefix="/v1", tags=["verdicts"])
REFUSALS = (ReplyCodeUnknown, VerdictNotOpen, LoopToBeNamed)


@router.post("/replies/verdict", summary="Give a verdict with a reply code", problems=REFUSALS)
async def give_verdict(new: NewVerdict, request: Request, _: Anyone, session: Session) -> VerdictOut:
    """Say what you think of a loop, with only a code. You can change it until the time is over.

    Only the code that a mail brought to an address of your own makes a verdict witnessed where the body sent
    the feedback itself. Where both codes give a verdict, that of the mailed code counts, and the answer to
    the reply code does not tell.
    """
    ref_key = key_of(state_of(request, Settings).reply_ref_key)
    return await domain.give_verdict(session, new, ref_key)


@router.post(
    "/replies/verdict/lookup",
    summary="See your verdicts with a reply code",
    problems=(ReplyCodeUnknown,),
    only_reads=True,
)
async def look_up_verdicts(
    wanted: VerdictLookup, request: Request, _: Anyone, session: Session
) -> VerdictsGiven:
    """See the verdicts that you gave, with which code, whether they were changed, and when."""
    ref_key = key_of(state_of(request, Settings).reply_ref_key)
    return await domain.look_up_verdicts(session, wanted.reply_code, ref_key)


@router.get("/loops/{loop_id}/verdicts", summary="See people's verdicts", problems=(NotFound,))
async def read_verdicts(loop_id: UUID, session: Session, caller: Anyone) -> VerdictsView:
    """See the verdicts on a loop. In public, small numbers are held back."""
    return await domain.verdicts_view(session, caller, loop_id)
