"""What happens to feedback: a person reads, publishes or withholds it; its contributor can withdraw it."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.contributors.models import Reach
from services.feedback.errors import (
    AlreadyErased,
    AlreadyPublished,
    AlreadyWithdrawn,
    ComplaintNeverPublished,
    PublishNotPermitted,
    ReasonRequired,
)
from services.feedback.items.events import feedback_event, record_handling
from services.feedback.items.words import (
    mask_feedback,
    mask_text,
    mask_withheld_reason,
    published_words,
    shown_feedback,
)
from services.feedback.models import Contributor, Demographics, Feedback, Revision
from services.feedback.moderation.keys import ErasureKeys
from services.feedback.moderation.rights import Ending
from services.feedback.moderation.schemas import ChosenTheme, Moderation
from services.feedback.moderation.suggestions import take_back_refusals, themes_chosen
from services.feedback.sending.models import Sending, ToldAddress
from services.feedback.sources.erasing import erase_answers_of_feedback
from services.feedback.themes.models import ThemeRefusal
from shared.change_request import AttributedEditRequest, AttributedRequest
from shared.clock import now
from shared.columns import erased_values
from shared.errors import FieldError
from shared.events.feedback import (
    FeedbackErased,
    FeedbackPublished,
    FeedbackRead,
    FeedbackThemed,
    FeedbackUrgent,
    FeedbackWithdrawn,
    FeedbackWithheld,
    HandlingAction,
)
from shared.idempotency import erase_answers
from shared.outbox import record

HANDLINGS: Mapping[str, HandlingAction] = {
    "publish": "feedback_published",
    "withhold": "feedback_withheld",
    "mark_urgent": "feedback_marked_urgent",
}


def refuse_if_gone(feedback: Feedback) -> None:
    """Refuse feedback that was withdrawn or erased."""
    if feedback.state == "erased":
        raise AlreadyErased
    if feedback.state == "withdrawn":
        raise AlreadyWithdrawn


async def moderate(edit: AttributedRequest, feedback: Feedback, decision: Moderation) -> None:
    """Carry out a moderator's decision."""
    refuse_if_gone(feedback)
    if decision.action == "mark_urgent":
        record_handling(edit.session, feedback, HANDLINGS[decision.action], edit.caller, edit.actor)
        mark_urgent(edit.session, feedback)
        return
    # Of many decisions in one transaction, one that is refused leaves nothing: not in the audit either.
    previous = feedback.state
    if decision.action == "publish":
        await publish(feedback)
    else:
        await withhold(feedback, decision.reason)
    feedback.moderated_at = now()
    feedback.moderated_by, feedback.moderated_by_id = edit.actor.pseudonym, edit.caller.organisation_id
    feedback.published_by_rule = None
    feedback.read_at = feedback.read_at or feedback.moderated_at
    event = FeedbackPublished if decision.action == "publish" else FeedbackWithheld
    record(edit.session, feedback, feedback_event(event, feedback, previous))
    record_handling(edit.session, feedback, HANDLINGS[decision.action], edit.caller, edit.actor)


async def publish(feedback: Feedback) -> None:
    """Publish it: never a complaint, and only if the contributor allows it."""
    if feedback.kind == "complaint":
        raise ComplaintNeverPublished
    if feedback.permissions.get("publish") != "yes":
        raise PublishNotPermitted
    if feedback.state == "published":
        raise AlreadyPublished
    feedback.state, feedback.withheld_reason = "published", None
    if feedback.shown is None:
        await mask_feedback(feedback)
    feedback.published_text = published_words(shown_feedback(feedback))


async def withhold(feedback: Feedback, reason: str | None) -> None:
    """Withhold it from the public, with the reason."""
    if reason is None:
        raise ReasonRequired(errors=[FieldError(pointer="/reason", detail=ReasonRequired.sentence())])
    feedback.state, feedback.withheld_reason, feedback.published_text = "withheld", reason, None
    await mask_withheld_reason(feedback, reason)


def mark_urgent(session: AsyncSession, feedback: Feedback) -> None:
    """Mark it, once, as about danger to life, safeguarding or patient safety."""
    if not feedback.urgent:
        feedback.urgent = True
        record(session, feedback, feedback_event(FeedbackUrgent, feedback))


def record_read(edit: AttributedRequest, feedback: Feedback) -> None:
    """Record, once, that a person read it."""
    refuse_if_gone(feedback)
    if feedback.read_at is None:
        feedback.read_at = now()
        record(edit.session, feedback, feedback_event(FeedbackRead, feedback))
        record_handling(edit.session, feedback, "feedback_read", edit.caller, edit.actor)


async def label_feedback(
    edit: AttributedEditRequest, feedback: Feedback, themes: Sequence[ChosenTheme]
) -> None:
    """Replace its themes with those that a person chose; NotSuggested where no model suggested one."""
    refuse_if_gone(feedback)
    feedback.themes = await themes_chosen(edit, feedback, themes)
    await take_back_refusals(edit.session, feedback, [theme["code"] for theme in feedback.themes])
    record(edit.session, feedback, feedback_event(FeedbackThemed, feedback))
    record_handling(edit.session, feedback, "feedback_labelled", edit.caller, edit.actor)


async def withdraw(session: AsyncSession, feedback: Feedback, by: Ending) -> None:
    """Withdraw it: from now on nobody sees or uses it."""
    refuse_if_gone(feedback)
    await erase_answers(session, [feedback.id])
    previous = feedback.state
    feedback.state, feedback.withdrawn_at, feedback.published_text = "withdrawn", now(), None
    feedback.withdrawn_by, feedback.withdrawn_by_id = by.ended_by, by.caller.organisation_id
    record(session, feedback, feedback_event(FeedbackWithdrawn, feedback, previous))
    record_handling(session, feedback, "feedback_withdrawn", by.caller, by.actor)


async def erase(session: AsyncSession, feedback: Feedback, keys: ErasureKeys, by: Ending) -> None:
    """Erase everything personal in this service; that there was feedback stays, and who erased it."""
    if feedback.state == "erased":
        raise AlreadyErased
    previous = feedback.state
    pseudonym = keys.codes.pseudonym_of(feedback.id)
    await session.execute(delete(Revision).where(Revision.feedback_id == feedback.id))
    await session.execute(delete(ThemeRefusal).where(ThemeRefusal.feedback_id == feedback.id))
    await session.execute(delete(Contributor).where(Contributor.feedback_id == feedback.id))
    await session.execute(delete(Demographics).where(Demographics.pseudonym == pseudonym))
    await session.execute(update(Sending).where(Sending.feedback_id == feedback.id).values(person_ref=None))
    told_at = update(ToldAddress).where(ToldAddress.feedback_id == feedback.id)
    await session.execute(told_at.values(feedback_id=None))
    if feedback.has_address:
        reach = update(Reach).where(Reach.feedback_id == feedback.id)
        await session.execute(reach.values(person_ref=None, refused_at=None))
    await erase_answers_of_feedback(session, feedback.id, keys.seals)
    await erase_answers(session, [feedback.id])
    for name, value in erased_values(Feedback).items():
        setattr(feedback, name, value)
    feedback.state, feedback.erased_at = "erased", now()
    feedback.erasure_reason = by.reason and await mask_text(by.reason)
    feedback.erased_by, feedback.erased_by_id = by.ended_by, by.caller.organisation_id
    record(session, feedback, feedback_event(FeedbackErased, feedback, previous))
    record_handling(session, feedback, "feedback_erased", by.caller, by.actor)
