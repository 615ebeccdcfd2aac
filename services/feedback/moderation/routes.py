"""What moderators do with feedback, and how it is taken back and erased."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from services.feedback.items.counter import Counter
from services.feedback.items.schemas import FeedbackShown
from services.feedback.items.showing import shown
from services.feedback.models import Feedback
from services.feedback.moderation import domain
from services.feedback.moderation.schemas import Labels, Moderation
from shared.auth import ActorGiven, Caller, needs
from shared.db import Session
from shared.routing import Router
from shared.state import state_of
from shared.versions import IfMatch, etag

router = Router(prefix="/v1/feedback/{feedback_id}", tags=["moderation"])
Moderator = Annotated[Caller, needs("feedback:write")]


def answer(feedback: Feedback, caller: Caller, response: Response) -> FeedbackShown:
    """Return it as it stands now, with its new version."""
    response.headers["ETag"] = etag(feedback.version)
    return shown(feedback, caller)


@router.post("/moderation")
async def moderate_feedback(
    feedback_id: UUID,
    decision: Moderation,
    caller: Moderator,
    actor: ActorGiven,
    version: IfMatch,
    session: Session,
    response: Response,
) -> FeedbackShown:
    """Publish it, withhold it with a reason, or mark it urgent."""
    feedback = await domain.to_change(session, feedback_id, caller, version)
    domain.moderate(session, feedback, decision, actor)
    return answer(feedback, caller, response)


@router.post("/read")
async def note_feedback_read(
    feedback_id: UUID, caller: Moderator, version: IfMatch, session: Session, response: Response
) -> FeedbackShown:
    """Say that a person read it."""
    feedback = await domain.to_change(session, feedback_id, caller, version)
    domain.note_read(session, feedback)
    return answer(feedback, caller, response)


@router.post("/themes")
async def label_feedback(
    feedback_id: UUID,
    labels: Labels,
    caller: Moderator,
    version: IfMatch,
    session: Session,
    response: Response,
) -> FeedbackShown:
    """Say which themes it is about; these replace the ones before."""
    feedback = await domain.to_change(session, feedback_id, caller, version)
    domain.label(session, feedback, labels.themes)
    return answer(feedback, caller, response)


@router.post("/withdrawal")
async def withdraw_feedback(
    feedback_id: UUID, caller: Moderator, version: IfMatch, session: Session, response: Response
) -> FeedbackShown:
    """Take it back for who said it: nobody sees or uses it any more."""
    feedback = await domain.to_change(session, feedback_id, caller, version, by_sender=True)
    domain.withdraw(session, feedback)
    return answer(feedback, caller, response)


@router.post("/erasure")
async def erase_feedback(
    feedback_id: UUID,
    request: Request,
    caller: Moderator,
    version: IfMatch,
    session: Session,
    response: Response,
) -> FeedbackShown:
    """Make everything personal about it go; that there was feedback stays."""
    feedback = await domain.to_change(session, feedback_id, caller, version, by_sender=True)
    await domain.erase(session, feedback, state_of(request, Counter).desk)
    return answer(feedback, caller, response)
