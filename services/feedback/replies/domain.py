"""With a reply code alone anyone sees what happened, and may take back what they said."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items.desk import Desk
from services.feedback.items.events import GONE, happened
from services.feedback.items.schemas import NOTICE
from services.feedback.models import Feedback, ReplyCode
from services.feedback.moderation.domain import erase, withdraw
from services.feedback.replies import queries
from services.feedback.replies.errors import SourceUnknown
from services.feedback.replies.loops import answering_loops
from services.feedback.replies.schemas import (
    Happening,
    NewReplyCodes,
    ReplyCodes,
    Unsubscribed,
    WhatHappened,
    Withdrawal,
)
from services.feedback.sending.models import Unsubscription
from services.feedback.sources.queries import source_of
from shared.auth import Caller
from shared.clock import now
from shared.codes import ReplyCodeUnknown, read_code
from shared.db import locked
from shared.events.feedback import FeedbackUnsubscribed
from shared.ids import new_id
from shared.outbox import record

MESSAGES = {
    "unused": "Nothing has come in under this code yet.",
    "received": "It arrived. Nothing has happened yet: no person has read it.",
    "read": "It arrived and a person has read it. Nothing more has happened yet.",
    "published": "A person read it and published it. Nothing more has happened yet.",
    "withheld": "A person read it and decided not to publish it. It was heard all the same.",
    "withdrawn": "It was taken back. Nobody sees or uses it any more.",
    "erased": "Everything personal about it is gone.",
}
STOPPED = "You get no more mail. Your code still shows what happens."


async def issue(session: AsyncSession, wanted: NewReplyCodes, caller: Caller, desk: Desk) -> ReplyCodes:
    """Make reply codes for a source of the caller's organisation, to be bound at intake."""
    if await source_of(session, wanted.source_id, caller.organisation_id) is None:
        raise SourceUnknown
    issued_at, ids = now(), [new_id() for _ in range(wanted.count)]
    codes = [desk.codes.code_of(code_id) for code_id in ids]
    session.add_all(
        ReplyCode(
            id=code_id,
            reply_ref=desk.codes.ref_of(code),
            source_id=wanted.source_id,
            organisation_id=caller.organisation_id,
            issued_at=issued_at,
        )
        for code_id, code in zip(ids, codes, strict=True)
    )
    return ReplyCodes(source_id=wanted.source_id, issued_at=issued_at, reply_codes=codes)


async def look_up(session: AsyncSession, reply_code: str, desk: Desk) -> WhatHappened:
    """Return what happened so far, or honestly that nothing did."""
    feedback = await bound(session, reply_code, desk)
    found = what_happened(feedback)
    if feedback is None or feedback.state in GONE:
        return found
    loops = await answering_loops(session, feedback.id)
    return found.model_copy(update={"loops": loops, "message": loops[-1].message} if loops else {})


async def unsubscribe(session: AsyncSession, reply_code: str, desk: Desk) -> Unsubscribed:
    """Let whoever left an address with what came in under a code get no more mail, about anything."""
    found = await bound(session, reply_code, desk)
    if found is None:
        raise ReplyCodeUnknown(MESSAGES["unused"])
    feedback = await locked(session, Feedback, found.id)
    if feedback.unsubscribed_at is None:
        feedback.unsubscribed_at = now()
        session.add(Unsubscription(feedback_id=feedback.id, wished_at=feedback.unsubscribed_at))
        record(session, feedback, happened(FeedbackUnsubscribed, feedback))
    return Unsubscribed(message=STOPPED)


async def take_back(session: AsyncSession, wish: Withdrawal, desk: Desk) -> WhatHappened:
    """Withdraw what was said under a code, and erase it if that is wished."""
    found = await bound(session, wish.reply_code, desk)
    if found is None:
        raise ReplyCodeUnknown(MESSAGES["unused"])
    feedback = await locked(session, Feedback, found.id)
    if feedback.state not in ("withdrawn", "erased"):
        withdraw(session, feedback)
    if wish.erase and feedback.state != "erased":
        await erase(session, feedback, desk)
    return what_happened(feedback)


async def bound(session: AsyncSession, reply_code: str, desk: Desk) -> Feedback | None:
    """Return the feedback under a code, None when nothing came in yet; ReplyCodeUnknown, Invalid."""
    found = await queries.by_ref(session, desk.codes.ref_of(read_code(reply_code)))
    if found is None:
        raise ReplyCodeUnknown
    return found[1]


def what_happened(feedback: Feedback | None) -> WhatHappened:
    """Return what the holder of a code is told; never the words."""
    if feedback is None:
        return WhatHappened(
            state="unused",
            kind=None,
            received_at=None,
            happened=[],
            message=MESSAGES["unused"],
            notice=NOTICE,
        )
    said = "read" if feedback.state == "received" and feedback.read_at else feedback.state
    return WhatHappened.model_validate(
        {
            "state": feedback.state,
            "kind": feedback.kind,
            "received_at": feedback.received_at,
            "happened": happenings(feedback),
            "message": MESSAGES[said],
            "notice": NOTICE,
        }
    )


def happenings(feedback: Feedback) -> list[Happening]:
    """Return what happened, in its order."""
    decided = "withheld" if feedback.withheld_reason else "published"
    moments = {
        "received": feedback.received_at,
        "read": feedback.read_at,
        # After erasure nothing says any more which way a moderator decided.
        decided: None if feedback.erased_at else feedback.moderated_at,
        "withdrawn": feedback.withdrawn_at,
        "erased": feedback.erased_at,
    }
    return [Happening.model_validate({"what": what, "at": at}) for what, at in moments.items() if at]
