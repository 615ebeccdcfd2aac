"""With a reply code alone, anyone sees what happened to their feedback and can withdraw it."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.codes import ReplyKeys
from services.feedback.errors import SourceUnknown
from services.feedback.items.events import GONE, feedback_event
from services.feedback.items.schemas import NOTICE
from services.feedback.models import Feedback, ReplyCode
from services.feedback.moderation.domain import erase, withdraw
from services.feedback.replies import queries
from services.feedback.replies.loops import answering_loop_view
from services.feedback.replies.schemas import (
    FeedbackStep,
    NewReplyCodes,
    ReplyCodes,
    ReplyView,
    Unsubscribed,
    Withdrawal,
)
from services.feedback.sending.models import Unsubscription
from services.feedback.sources.queries import find_source
from shared.auth import Caller
from shared.clock import now
from shared.codes import ReplyCodeUnknown, read_code
from shared.db import locked
from shared.events.feedback import FeedbackUnsubscribed
from shared.ids import new_id
from shared.outbox import record

MESSAGES = {
    "unused": "Nothing has arrived under this code yet.",
    "received": "It arrived. No person has read it yet.",
    "read": "It arrived and a person has read it. Nothing more has happened yet.",
    "published": "A person read it and published it. Nothing more has happened yet.",
    "withheld": "A person read it and decided not to publish it. It still counts.",
    "withdrawn": "It was withdrawn. Nobody sees or uses it any more.",
    "erased": "Everything personal about it was erased.",
}
UNSUBSCRIBED = "You will get no more mail. Your code still shows what happens."


async def issue_reply_codes(
    session: AsyncSession, wanted: NewReplyCodes, caller: Caller, codes: ReplyKeys
) -> ReplyCodes:
    """Make reply codes for a source of the caller's organisation; feedback uses them later."""
    if await find_source(session, wanted.source_id, caller.organisation_id) is None:
        raise SourceUnknown
    issued_at, ids = now(), [new_id() for _ in range(wanted.count)]
    issued = [codes.code_of(code_id) for code_id in ids]
    session.add_all(
        ReplyCode(
            id=code_id,
            reply_ref=codes.ref_of(code),
            source_id=wanted.source_id,
            organisation_id=caller.organisation_id,
            issued_at=issued_at,
        )
        for code_id, code in zip(ids, issued, strict=True)
    )
    return ReplyCodes(source_id=wanted.source_id, issued_at=issued_at, reply_codes=issued)


async def look_up_reply(session: AsyncSession, reply_code: str, codes: ReplyKeys) -> ReplyView:
    """What happened so far, or a plain statement that nothing did."""
    feedback = await find_feedback_by_reply_code(session, reply_code, codes)
    view = reply_view(feedback)
    if feedback is None or feedback.state in GONE:
        return view
    loops, moments = await queries.loops_answering(session, feedback.id)
    views = [answering_loop_view(loop, moments) for loop in loops]
    return view.model_copy(update={"loops": views, "message": views[-1].message} if views else {})


async def unsubscribe(session: AsyncSession, reply_code: str, codes: ReplyKeys) -> Unsubscribed:
    """Stop all mail to the address that the contributor left with the feedback under this code."""
    feedback = await lock_feedback_by_reply_code(session, reply_code, codes)
    if feedback.unsubscribed_at is None:
        feedback.unsubscribed_at = now()
        session.add(Unsubscription(feedback_id=feedback.id, wished_at=feedback.unsubscribed_at))
        record(session, feedback, feedback_event(FeedbackUnsubscribed, feedback))
    return Unsubscribed(message=UNSUBSCRIBED)


async def withdraw_by_reply_code(session: AsyncSession, wish: Withdrawal, codes: ReplyKeys) -> ReplyView:
    """Withdraw what was said under a code, and erase it if that is the wish."""
    feedback = await lock_feedback_by_reply_code(session, wish.reply_code, codes)
    if feedback.state not in GONE:
        withdraw(session, feedback)
    if wish.erase and feedback.state != "erased":
        await erase(session, feedback, codes)
    return reply_view(feedback)


async def find_feedback_by_reply_code(
    session: AsyncSession, reply_code: str, codes: ReplyKeys
) -> Feedback | None:
    """The feedback under a code, None if none has arrived; ReplyCodeUnknown, Invalid."""
    found = await queries.find_by_ref(session, codes.ref_of(read_code(reply_code)))
    if found is None:
        raise ReplyCodeUnknown
    return found[1]


async def lock_feedback_by_reply_code(session: AsyncSession, reply_code: str, codes: ReplyKeys) -> Feedback:
    """The feedback under a code, locked; ReplyCodeUnknown also if none has arrived."""
    feedback = await find_feedback_by_reply_code(session, reply_code, codes)
    if feedback is None:
        raise ReplyCodeUnknown(MESSAGES["unused"])
    return await locked(session, Feedback, feedback.id)


def reply_view(feedback: Feedback | None) -> ReplyView:
    """What the holder of a code sees; never the words."""
    if feedback is None:
        return ReplyView(
            state="unused", kind=None, received_at=None, steps=[], message=MESSAGES["unused"], notice=NOTICE
        )
    is_only_read = feedback.state == "received" and feedback.read_at
    return ReplyView.model_validate(
        {
            "state": feedback.state,
            "kind": feedback.kind,
            "received_at": feedback.received_at,
            "steps": steps_of_feedback(feedback),
            "message": MESSAGES["read" if is_only_read else feedback.state],
            "notice": NOTICE,
        }
    )


def steps_of_feedback(feedback: Feedback) -> list[FeedbackStep]:
    """What happened, in order."""
    decision = "withheld" if feedback.withheld_reason else "published"
    moments = {
        "received": feedback.received_at,
        "read": feedback.read_at,
        # After erasure nothing says any more what the moderator decided.
        decision: None if feedback.erased_at else feedback.moderated_at,
        "withdrawn": feedback.withdrawn_at,
        "erased": feedback.erased_at,
    }
    return [FeedbackStep.model_validate({"what": what, "at": at}) for what, at in moments.items() if at]
