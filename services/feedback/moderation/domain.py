"""What happens to feedback: a person reads, publishes or withholds it; its contributor can withdraw it."""

from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.codes import ReplyKeys
from services.feedback.errors import (
    AlreadyErased,
    AlreadyPublished,
    AlreadyWithdrawn,
    ComplaintNeverPublished,
    NotConcerned,
    PublishNotPermitted,
    ReasonRequired,
)
from services.feedback.items.events import feedback_event
from services.feedback.items.rows import stored_theme
from services.feedback.items.schemas import NewTheme
from services.feedback.items.views import is_about_caller, is_sent_by_caller
from services.feedback.items.words import mask_withheld_reason, published_words, shown_feedback
from services.feedback.models import Contributor, Demographics, Feedback, Revision
from services.feedback.moderation.schemas import Moderation
from services.feedback.sending.models import Sending, ToldAddress
from services.feedback.sources.queries import delete_raw_bodies_of_feedback
from shared.auth import Actor
from shared.change_request import EditRequest
from shared.clock import now
from shared.columns import erased_values
from shared.db import locked
from shared.errors import FieldError, NotFound
from shared.events.feedback import (
    FeedbackErased,
    FeedbackPublished,
    FeedbackRead,
    FeedbackThemed,
    FeedbackUrgent,
    FeedbackWithdrawn,
    FeedbackWithheld,
)
from shared.outbox import record
from shared.versions import must_match


async def lock_feedback_to_edit(edit: EditRequest, feedback_id: UUID, *, by_sender: bool = False) -> Feedback:
    """Feedback that the caller may change, locked: a body that it is about, or with `by_sender` its sender.

    NotFound if the caller may not see it, NotConcerned if it may only see it, VersionStale.
    """
    feedback = await locked(edit.session, Feedback, feedback_id)
    is_sender = is_sent_by_caller(feedback, edit.caller)
    if not (is_about_caller(feedback, edit.caller) or (by_sender and is_sender)):
        raise NotConcerned if feedback.state == "published" or is_sender else NotFound
    must_match(feedback, edit.version)
    return feedback


def refuse_if_gone(feedback: Feedback) -> None:
    """Refuse feedback that was withdrawn or erased."""
    if feedback.state == "erased":
        raise AlreadyErased
    if feedback.state == "withdrawn":
        raise AlreadyWithdrawn


def moderate(session: AsyncSession, feedback: Feedback, decision: Moderation, actor: Actor | None) -> None:
    """Carry out a moderator's decision."""
    refuse_if_gone(feedback)
    if decision.action == "mark_urgent":
        mark_urgent(session, feedback)
        return
    previous = feedback.state
    if decision.action == "publish":
        publish(feedback)
    else:
        withhold(feedback, decision.reason)
    feedback.moderated_at = now()
    feedback.moderated_by = actor.pseudonym if actor else None
    feedback.read_at = feedback.read_at or feedback.moderated_at
    event = FeedbackPublished if decision.action == "publish" else FeedbackWithheld
    record(session, feedback, feedback_event(event, feedback, previous))


def publish(feedback: Feedback) -> None:
    """Publish it: never a complaint, and only if the contributor allows it."""
    if feedback.kind == "complaint":
        raise ComplaintNeverPublished
    if feedback.permissions.get("publish") != "yes":
        raise PublishNotPermitted
    if feedback.state == "published":
        raise AlreadyPublished
    feedback.state, feedback.withheld_reason = "published", None
    feedback.published_text = published_words(shown_feedback(feedback))


def withhold(feedback: Feedback, reason: str | None) -> None:
    """Withhold it from the public, with the reason."""
    if reason is None:
        raise ReasonRequired(errors=[FieldError(pointer="/reason", detail=ReasonRequired.sentence())])
    feedback.state, feedback.withheld_reason, feedback.published_text = "withheld", reason, None
    mask_withheld_reason(feedback, reason)


def mark_urgent(session: AsyncSession, feedback: Feedback) -> None:
    """Mark it, once, as about danger to life, safeguarding or patient safety."""
    if not feedback.urgent:
        feedback.urgent = True
        record(session, feedback, feedback_event(FeedbackUrgent, feedback))


def record_read(session: AsyncSession, feedback: Feedback) -> None:
    """Record, once, that a person read it."""
    refuse_if_gone(feedback)
    if feedback.read_at is None:
        feedback.read_at = now()
        record(session, feedback, feedback_event(FeedbackRead, feedback))


def label_feedback(session: AsyncSession, feedback: Feedback, themes: list[NewTheme]) -> None:
    """Replace its themes with those that a person chose."""
    refuse_if_gone(feedback)
    feedback.themes = [stored_theme(theme, "person") for theme in themes]
    record(session, feedback, feedback_event(FeedbackThemed, feedback))


def withdraw(session: AsyncSession, feedback: Feedback) -> None:
    """Withdraw it: from now on nobody sees or uses it."""
    refuse_if_gone(feedback)
    previous = feedback.state
    feedback.state, feedback.withdrawn_at, feedback.published_text = "withdrawn", now(), None
    record(session, feedback, feedback_event(FeedbackWithdrawn, feedback, previous))


async def erase(session: AsyncSession, feedback: Feedback, codes: ReplyKeys) -> None:
    """Erase everything personal in this service; the fact that there was feedback stays."""
    if feedback.state == "erased":
        raise AlreadyErased
    previous = feedback.state
    pseudonym = codes.pseudonym_of(feedback.id)
    await session.execute(delete(Revision).where(Revision.feedback_id == feedback.id))
    await session.execute(delete(Contributor).where(Contributor.feedback_id == feedback.id))
    await session.execute(delete(Demographics).where(Demographics.pseudonym == pseudonym))
    await session.execute(update(Sending).where(Sending.feedback_id == feedback.id).values(person_ref=None))
    told_at = update(ToldAddress).where(ToldAddress.feedback_id == feedback.id)
    await session.execute(told_at.values(feedback_id=None))
    await delete_raw_bodies_of_feedback(session, feedback.id, now())
    for name, value in erased_values(Feedback).items():
        setattr(feedback, name, value)
    feedback.state, feedback.erased_at = "erased", now()
    record(session, feedback, feedback_event(FeedbackErased, feedback, previous))
