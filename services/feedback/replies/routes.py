"""Reply codes: issued in advance, looked up, and used to withdraw feedback or stop mail."""

from typing import Annotated

from fastapi import Security

from services.feedback.bodies.heirs import HeirsOfBodies
from services.feedback.errors import AlreadyErased, BodySucceeded, ReplyCodeNotUsed, SourceUnknown
from services.feedback.items.intake import Keys, Tools
from services.feedback.moderation.keys import Erasing
from services.feedback.replies import domain
from services.feedback.replies.schemas import (
    NewReplyCodes,
    Replies,
    RepliesView,
    Reply,
    ReplyCodes,
    ReplyView,
    Unsubscribed,
    Withdrawal,
)
from services.feedback.sources.acts import record_source_act
from shared.auth import Anyone, Caller, needs
from shared.change_request import AttributedRequest, attributed_request
from shared.codes import ReplyCodeUnknown
from shared.db import Session
from shared.errors import KeyRequired, TooMany
from shared.routing import Router

router = Router(prefix="/v1", tags=["replies"])


@router.post("/reply-codes", status_code=201, problems=(BodySucceeded, SourceUnknown))
async def issue_reply_codes(
    wanted: NewReplyCodes,
    keys: Keys,
    change: Annotated[AttributedRequest, Security(attributed_request, scopes=["sources:manage"])],
) -> ReplyCodes:
    """Issue reply codes for survey links and paper cards; feedback that brings one uses it.

    A system that issues them by itself names in `Doorway-Actor` the person who answers for it.
    """
    issued = await domain.issue_reply_codes(change.session, wanted, change.caller, keys)
    record_source_act(change, wanted.source_id, "reply_codes_issued")
    return change.keep(issued)


@router.post("/replies/lookup", problems=(ReplyCodeUnknown,), only_reads=True)
async def look_up_reply(
    reply: Reply, keys: Keys, _: Anyone, heirs: HeirsOfBodies, session: Session
) -> ReplyView:
    """Say what happened to the feedback under a reply code; never its words."""
    return await domain.look_up_reply(session, reply.reply_code, keys, heirs)


@router.post("/replies/lookup/batch", problems=(TooMany,), only_reads=True)
async def look_up_replies(
    replies: Replies,
    tools: Tools,
    caller: Annotated[Caller, needs()],
    heirs: HeirsOfBodies,
    session: Session,
) -> RepliesView:
    """Say what happened to the feedback under each of up to 100 reply codes; never its words.

    A wrong code fails alone. It counts in the limit of wrong codes of your client.
    """
    if caller.client_id is None:
        raise KeyRequired
    results = await domain.look_up_replies(session, replies.reply_codes, caller.client_id, tools, heirs)
    return RepliesView(results=results)


@router.post("/replies/unsubscribe", problems=(ReplyCodeNotUsed, ReplyCodeUnknown))
async def unsubscribe_by_reply(reply: Reply, keys: Keys, _: Anyone, session: Session) -> Unsubscribed:
    """Stop all mail to the address that was left with the feedback under a reply code."""
    return await domain.unsubscribe(session, reply.reply_code, keys)


@router.post("/replies/withdraw", problems=(AlreadyErased, ReplyCodeNotUsed, ReplyCodeUnknown))
async def withdraw_by_reply(
    wish: Withdrawal, keys: Erasing, _: Anyone, heirs: HeirsOfBodies, session: Session
) -> ReplyView:
    """Withdraw the feedback under a reply code; with `erase`, also erase everything personal about it."""
    return await domain.withdraw_by_reply_code(session, wish, keys, heirs)
