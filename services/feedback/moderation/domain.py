"""What becomes of feedback: a person reads it, publishes or withholds it; who said it may take it back."""

from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.items.desk import Desk
from services.feedback.items.events import happened
from services.feedback.items.intake import theme_from
from services.feedback.items.masking import mask
from services.feedback.items.schemas import NewTheme
from services.feedback.items.showing import concerns, sent
from services.feedback.models import Contributor, Demographics, Feedback, Revision
from services.feedback.moderation.errors import (
    AlreadyErased,
    AlreadyPublished,
    AlreadyWithdrawn,
    ComplaintNeverPublished,
    NotConcerned,
    PublishNotPermitted,
    ReasonRequired,
)
from services.feedback.moderation.schemas import Moderation
from services.feedback.sending.models import Sending
from services.feedback.sources import domain as sources
from shared.auth import Actor, Caller
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


async def to_change(
    session: AsyncSession, feedback_id: UUID, caller: Caller, version: int, *, by_sender: bool = False
) -> Feedback:
    """Return feedback, locked, for who may change it: a body that it concerns, or who sent it if so said.

    NotFound when the caller may not see it, NotConcerned when it may only see it, VersionStale.
    """
    feedback = await locked(session, Feedback, feedback_id)
    if not (concerns(feedback, caller) or (by_sender and sent(feedback, caller))):
        raise NotConcerned if feedback.state == "published" or sent(feedback, caller) else NotFound
    must_match(feedback, version)
    return feedback


def stands(feedback: Feedback) -> None:
    """Refuse what was taken back or erased."""
    if feedback.state == "erased":
        raise AlreadyErased
    if feedback.state == "withdrawn":
        raise AlreadyWithdrawn


def moderate(session: AsyncSession, feedback: Feedback, decision: Moderation, actor: Actor | None) -> None:
    """Do what a moderator decides."""
    stands(feedback)
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
    record(session, feedback, happened(event, feedback, previous))


def publish(feedback: Feedback) -> None:
    """Publish it: never a complaint, and only with the person's permission."""
    if feedback.kind == "complaint":
        raise ComplaintNeverPublished
    if feedback.permissions.get("publish") != "yes":
        raise PublishNotPermitted
    if feedback.state == "published":
        raise AlreadyPublished
    feedback.state, feedback.withheld_reason = "published", None
    words = [feedback.text, *(answer.get("text") for answer in feedback.answers)]
    feedback.published_text = mask("\n".join(word for word in words if word))


def withhold(feedback: Feedback, reason: str | None) -> None:
    """Keep it from the public, and say why."""
    if reason is None:
        raise ReasonRequired(errors=[FieldError(pointer="/reason", detail=ReasonRequired.sentence())])
    feedback.state, feedback.withheld_reason, feedback.published_text = "withheld", reason, None


def mark_urgent(session: AsyncSession, feedback: Feedback) -> None:
    """Say that it is about danger to life, safeguarding or patient safety; once."""
    if not feedback.urgent:
        feedback.urgent = True
        record(session, feedback, happened(FeedbackUrgent, feedback))


def note_read(session: AsyncSession, feedback: Feedback) -> None:
    """Remember that a person read it; once."""
    stands(feedback)
    if feedback.read_at is None:
        feedback.read_at = now()
        record(session, feedback, happened(FeedbackRead, feedback))


def label(session: AsyncSession, feedback: Feedback, themes: list[NewTheme]) -> None:
    """Say which themes it is about: a person's labels replace those before."""
    stands(feedback)
    feedback.themes = [theme_from(theme, "person") for theme in themes]
    record(session, feedback, happened(FeedbackThemed, feedback))


def withdraw(session: AsyncSession, feedback: Feedback) -> None:
    """Take it back: from now on nobody sees or uses it."""
    stands(feedback)
    previous = feedback.state
    feedback.state, feedback.withdrawn_at, feedback.published_text = "withdrawn", now(), None
    record(session, feedback, happened(FeedbackWithdrawn, feedback, previous))


async def erase(session: AsyncSession, feedback: Feedback, desk: Desk) -> None:
    """Make everything personal go, everywhere in this service; that there was feedback stays."""
    if feedback.state == "erased":
        raise AlreadyErased
    previous = feedback.state
    pseudonym = desk.codes.pseudonym_of(feedback.id)
    await session.execute(delete(Revision).where(Revision.feedback_id == feedback.id))
    await session.execute(delete(Contributor).where(Contributor.feedback_id == feedback.id))
    await session.execute(delete(Demographics).where(Demographics.pseudonym == pseudonym))
    await session.execute(update(Sending).where(Sending.feedback_id == feedback.id).values(person_ref=None))
    await sources.forget(session, feedback.id)
    for name, value in erased_values(Feedback).items():
        setattr(feedback, name, value)
    feedback.state, feedback.erased_at = "erased", now()
    record(session, feedback, happened(FeedbackErased, feedback, previous))
