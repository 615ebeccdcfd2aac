"""Reply codes: issued beforehand, looked up, and used to take back what was said."""

from typing import Annotated

from fastapi import Request

from services.feedback.items.counter import Counter
from services.feedback.replies import domain
from services.feedback.replies.schemas import (
    NewReplyCodes,
    Reply,
    ReplyCodes,
    Unsubscribed,
    WhatHappened,
    Withdrawal,
)
from shared.auth import Anyone, Caller, needs
from shared.db import Session
from shared.idempotency import Once
from shared.routing import Router
from shared.state import state_of

router = Router(prefix="/v1", tags=["replies"])


@router.post("/reply-codes", status_code=201)
async def issue_reply_codes(
    wanted: NewReplyCodes,
    request: Request,
    caller: Annotated[Caller, needs("sources:manage")],
    session: Session,
    once: Once,
) -> ReplyCodes:
    """Issue reply codes for survey links and paper cards; each is bound to what comes in with it."""
    return once.keep(await domain.issue(session, wanted, caller, state_of(request, Counter).desk))


@router.post("/replies/lookup")
async def look_up_reply(reply: Reply, request: Request, _: Anyone, session: Session) -> WhatHappened:
    """Say what happened with what came in under a reply code; never the words."""
    return await domain.look_up(session, reply.reply_code, state_of(request, Counter).desk)


@router.post("/replies/unsubscribe")
async def unsubscribe_by_reply(reply: Reply, request: Request, _: Anyone, session: Session) -> Unsubscribed:
    """Get no more mail at the address that was left with what came in under a reply code."""
    return await domain.unsubscribe(session, reply.reply_code, state_of(request, Counter).desk)


@router.post("/replies/withdraw")
async def withdraw_by_reply(wish: Withdrawal, request: Request, _: Anyone, session: Session) -> WhatHappened:
    """Take back what was said under a reply code; with `erase`, everything personal about it goes."""
    return await domain.take_back(session, wish, state_of(request, Counter).desk)
