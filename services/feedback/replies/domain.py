"""With a reply code alone, anyone sees what happened to their feedback and can withdraw it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies.heirs import Heirs
from services.feedback.bodies.queries import names_of_bodies
from services.feedback.codes import ReplyKeys
from services.feedback.errors import SourceUnknown
from services.feedback.items.events import GONE
from services.feedback.items.schemas import NOTICE
from services.feedback.models import Feedback, ReplyCode
from services.feedback.moderation.domain import erase, withdraw
from services.feedback.moderation.keys import ErasureKeys
from services.feedback.moderation.rights import BY_CONTRIBUTOR, refuse_succeeded
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
from shared.events.feedback import EndedBy
from shared.ids import new_id

MESSAGES = {
    "unused": "Nothing has arrived under this code yet.",
    "received": "It arrived. No person has read it yet.",
    "read": "It arrived and a person has read it. Nothing more has happened yet.",
    "published": "A person read it and published it. Nothing more has happened yet.",
    "withheld": "A person read it and decided not to publish it. It still counts.",
    "withdrawn": "It was withdrawn {by}. Nobody sees or uses it any more.",
    "erased": "Everything personal about it was erased {by}.",
}
# Whoever sent it has seen its reply code: nothing proves that it was the person.
WITH_CODE = "with the reply code"
DOERS: Mapping[EndedBy, str] = {
    "person": WITH_CODE,
    "sender": "the organisation that sent it",
    "operator": "the operator of Doorway",
    "rule": "rule",
}
UNSUBSCRIBED = "You will get no more mail. Your code still shows what happens."


async def issue_reply_codes(
    session: AsyncSession, wanted: NewReplyCodes, caller: Caller, codes: ReplyKeys
) -> ReplyCodes:
    """Make reply codes for a source that the caller has or inherited; feedback uses them later."""
    refuse_succeeded(caller)
    if await find_source(session, wanted.source_id, caller) is None:
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


async def look_up_reply(session: AsyncSession, reply_code: str, codes: ReplyKeys, heirs: Heirs) -> ReplyView:
    """What happened so far, or a plain statement that nothing did."""
    feedback = await find_feedback_by_reply_code(session, reply_code, codes)
    view = await reply_view(session, feedback, heirs)
    if feedback is None:
        return view
    # The code leads to the loops whoever took the words away: its holder may still vote.
    loops, moments = await queries.loops_answering(session, feedback.id)
    views = [answering_loop_view(loop, moments) for loop in loops]
    told = {} if feedback.state in GONE else {"message": views[-1].message if views else view.message}
    return view.model_copy(update={"loops": views} | told if views else {})


async def unsubscribe(session: AsyncSession, reply_code: str, codes: ReplyKeys) -> Unsubscribed:
    """Stop all mail to the address that the contributor left with the feedback under this code.

    The feedback keeps its version, which the body sees: others learn of it as of all that stops mail.
    """
    feedback = await lock_feedback_by_reply_code(session, reply_code, codes)
    if feedback.unsubscribed_at is None:
        feedback.unsubscribed_at = now()
        session.add(Unsubscription(feedback_id=feedback.id, wished_at=feedback.unsubscribed_at))
    return Unsubscribed(message=UNSUBSCRIBED)


async def withdraw_by_reply_code(
    session: AsyncSession, wish: Withdrawal, keys: ErasureKeys, heirs: Heirs
) -> ReplyView:
    """Withdraw what was said under a code, and erase it if that is the wish."""
    feedback = await lock_feedback_by_reply_code(session, wish.reply_code, keys.codes)
    if feedback.state not in GONE:
        await withdraw(session, feedback, BY_CONTRIBUTOR)
    if wish.erase and feedback.state != "erased":
        await erase(session, feedback, keys, BY_CONTRIBUTOR)
    return await reply_view(session, feedback, heirs)


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


async def reply_view(session: AsyncSession, feedback: Feedback | None, heirs: Heirs) -> ReplyView:
    """What the holder of a code sees; never the words."""
    if feedback is None:
        return ReplyView(
            state="unused", kind=None, received_at=None, steps=[], message=MESSAGES["unused"], notice=NOTICE
        )
    is_only_read = feedback.state == "received" and feedback.read_at
    revised_at = await queries.last_revised_at(session, feedback.id) if feedback.revision > 1 else None
    names = await names_of_bodies(session, doers_of_feedback(feedback, heirs))
    return ReplyView.model_validate(
        {
            "state": feedback.state,
            "kind": feedback.kind,
            "received_at": feedback.received_at,
            "steps": (steps := steps_of_feedback(feedback, names, heirs, revised_at)),
            "message": message_of_state("read" if is_only_read else feedback.state, steps),
            "notice": NOTICE,
        }
    )


def message_of_state(state: str, steps: Sequence[FeedbackStep]) -> str:
    """What a state means for the contributor; what was taken away names who did that."""
    last = steps[-1]
    doer = f"{last.by}: {last.reason}" if last.by == DOERS["rule"] else last.by
    return MESSAGES[state].format(by=doer if doer == WITH_CODE else f"by {doer or 'somebody'}")


def doers_of_feedback(feedback: Feedback, heirs: Heirs) -> set[UUID]:
    """The bodies that it is about, and their heirs, that sent, decided, withdrew or erased something."""
    doers = {feedback.sender_id, feedback.moderated_by_id, feedback.withdrawn_by_id, feedback.erased_by_id}
    return {body for body in doers if body and heirs.is_about(feedback, body)}


def doer_of_step(
    ended_by: EndedBy | None, doer_id: UUID | None, names: Mapping[UUID, str], bodies: Collection[UUID]
) -> str | None:
    """Who did something, as the contributor reads it; None where that was not recorded."""
    if ended_by == "body":
        name = names.get(doer_id) if doer_id else None
        about = (
            "which it was about" if doer_id in bodies else "which took over from the body that it was about"
        )
        return f"{name}, {about}" if name else "the body that it was about"
    return DOERS[ended_by] if ended_by else None


def moderator_of_feedback(feedback: Feedback, heirs: Heirs) -> EndedBy | None:
    """Whether a body that it is about moderated it, or its heir, or the operator; None if nobody knows."""
    if feedback.moderated_by_id is None:
        return None
    return "body" if heirs.is_about(feedback, feedback.moderated_by_id) else "operator"


def steps_of_feedback(
    feedback: Feedback, names: Mapping[UUID, str], heirs: Heirs, revised_at: datetime | None
) -> list[FeedbackStep]:
    """What happened, in order, and by whom; `revised_at` is when other words last replaced theirs."""
    decision = "withheld" if feedback.withheld_reason else "published"
    doer = partial(doer_of_step, names=names, bodies=feedback.bodies)
    # After erasure nothing says any more what the moderator decided.
    decided_at = None if feedback.erased_at else feedback.moderated_at
    moderator = doer(moderator_of_feedback(feedback, heirs), feedback.moderated_by_id)
    withdrawer = doer(feedback.withdrawn_by, feedback.withdrawn_by_id)
    eraser = doer(feedback.erased_by, feedback.erased_by_id)
    is_from_body = heirs.is_about(feedback, feedback.sender_id)
    reviser = doer("body" if is_from_body else "sender", feedback.sender_id)
    steps = (
        ("received", feedback.received_at, None, None),
        ("revised", revised_at, reviser, None),
        ("read", feedback.read_at, None, None),
        (decision, decided_at, moderator, None),
        ("withdrawn", feedback.withdrawn_at, withdrawer, None),
        ("erased", feedback.erased_at, eraser, feedback.erasure_reason),
    )
    return [
        FeedbackStep.model_validate({"what": what, "at": at, "by": by, "reason": reason})
        for what, at, by, reason in steps
        if at
    ]
