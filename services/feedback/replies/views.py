"""What the holders of reply codes see: what happened, in order and by whom, and the loops that answer it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.bodies.heirs import Heirs
from services.feedback.bodies.queries import names_of_bodies
from services.feedback.items.events import GONE
from services.feedback.items.schemas import NOTICE
from services.feedback.items.view_schemas import Forwarding
from services.feedback.loops.schemas import AnsweringLoop
from services.feedback.loops.views import answers_to_feedback
from services.feedback.models import Feedback
from services.feedback.replies import queries
from services.feedback.replies.schemas import FeedbackStep, ReplyView
from shared.events.feedback import EndedBy

MESSAGES = {
    "unused": "Nothing has arrived under this code yet.",
    "received": "It arrived. No person has read it yet.",
    "read": "It arrived and a person has read it. Nothing more has happened yet.",
    "published": "A person read it and published it. Nothing more has happened yet.",
    "published_by_rule": "A rule of the body that it is about published it. No person has read it yet.",
    "withheld": "A person read it and decided not to publish it. It still counts.",
    "forwarded": "A person forwarded it{to} as a formal complaint. You must get an acknowledgement by {day}.",
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
UNUSED = ReplyView(
    state="unused", kind=None, received_at=None, steps=[], message=MESSAGES["unused"], notice=NOTICE
)


async def views_with_loops(session: AsyncSession, said: Sequence[Feedback], heirs: Heirs) -> list[ReplyView]:
    """What the holders of codes see of these pieces, in their order, with the loops that answer them.

    The code leads to the loops whoever took the words away: its holder may still vote.
    """
    answers = await answers_to_feedback(session, [each.id for each in said]) if said else {}
    views = await reply_views(session, said, heirs)
    return [
        with_loops(view, each, answers[each.id]) if each.id in answers else view
        for each, view in zip(said, views, strict=True)
    ]


def with_loops(view: ReplyView, feedback: Feedback, loops: list[AnsweringLoop]) -> ReplyView:
    """What the holder of a code sees of a piece that loops answer."""
    told = {} if feedback.state in GONE else {"message": loops[-1].message}
    return view.model_copy(update={"loops": loops} | told)


async def reply_views(session: AsyncSession, said: Sequence[Feedback], heirs: Heirs) -> list[ReplyView]:
    """What the holders of codes see of these pieces, in their order; never the words."""
    revised = await queries.last_revisions(session, [each.id for each in said if each.revision > 1])
    doers = set[UUID]().union(*(doers_of_feedback(each, heirs) for each in said))
    names = await names_of_bodies(session, doers)
    return [reply_view(each, names, heirs, revised.get(each.id)) for each in said]


def reply_view(
    feedback: Feedback, names: Mapping[UUID, str], heirs: Heirs, revised_at: datetime | None
) -> ReplyView:
    """What the holder of a code sees; never the words."""
    return ReplyView.model_validate(
        {
            "state": feedback.state,
            "kind": feedback.kind,
            "received_at": feedback.received_at,
            "steps": (steps := steps_of_feedback(feedback, names, heirs, revised_at)),
            "message": message_of_feedback(feedback, steps),
            "notice": NOTICE,
        }
    )


def message_of_feedback(feedback: Feedback, steps: Sequence[FeedbackStep]) -> str:
    """What it means for the contributor how far their feedback is."""
    if feedback.forwarding and feedback.state not in GONE:
        return message_of_forwarding(steps)
    if feedback.state == "received" and feedback.read_at:
        return message_of_state("read", steps)
    is_unread = feedback.state == "published" and feedback.published_by_rule and not feedback.read_at
    return message_of_state("published_by_rule" if is_unread else feedback.state, steps)


def message_of_forwarding(steps: Sequence[FeedbackStep]) -> str:
    """What it means for a person that their complaint was forwarded."""
    step = next(each for each in steps if each.what == "forwarded")
    day = f"{step.acknowledge_by:%d %B %Y}".lstrip("0")
    return MESSAGES["forwarded"].format(to=f" to {step.to}" if step.to else "", day=day)


def message_of_state(state: str, steps: Sequence[FeedbackStep]) -> str:
    """What a state means for the contributor; what was taken away names who did that."""
    last = steps[-1]
    doer = f"{last.by}: {last.reason}" if last.by == DOERS["rule"] else last.by
    return MESSAGES[state].format(by=doer if doer == WITH_CODE else f"by {doer or 'somebody'}")


def doers_of_feedback(feedback: Feedback, heirs: Heirs) -> set[UUID]:
    """The bodies that it is about, and their heirs, that sent, decided, withdrew or erased something."""
    doers = {feedback.sender_id, feedback.moderated_by_id, feedback.withdrawn_by_id, feedback.erased_by_id}
    if forwarding := forwarding_of(feedback):
        doers |= {forwarding.forwarded_by_id, forwarding.to_id}
    return {body for body in doers if body and heirs.is_about(feedback, body)}


def forwarding_of(feedback: Feedback) -> Forwarding | None:
    """To whom a complaint was forwarded, and when."""
    return Forwarding.model_validate(feedback.forwarding) if feedback.forwarding else None


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
    if feedback.published_by_rule:
        return "rule"
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
    found = [
        FeedbackStep.model_validate({"what": what, "at": at, "by": by, "reason": reason})
        for what, at, by, reason in steps
        if at
    ]
    if forwarding := forwarding_of(feedback):
        found.append(forwarded_step(feedback, forwarding, names, heirs))
    return sorted(found, key=lambda step: step.at)


def forwarded_step(
    feedback: Feedback, forwarding: Forwarding, names: Mapping[UUID, str], heirs: Heirs
) -> FeedbackStep:
    """That a complaint was forwarded: to whom, by whom, and by when they must acknowledge it."""
    by_id = forwarding.forwarded_by_id
    ended_by: EndedBy = "body" if heirs.is_about(feedback, by_id) else "operator"
    return FeedbackStep(
        what="forwarded",
        at=forwarding.forwarded_at,
        by=doer_of_step(ended_by, by_id, names, feedback.bodies),
        to=names.get(forwarding.to_id),
        acknowledge_by=forwarding.acknowledge_by,
    )
