"""What moderators do with feedback, and how it is withdrawn and erased."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from services.feedback.errors import (
    AlreadyErased,
    AlreadyPublished,
    AlreadyWithdrawn,
    ComplaintNeverPublished,
    NotConcerned,
    PublishNotPermitted,
    ReasonRequired,
)
from services.feedback.items.intake import Tools
from services.feedback.items.schemas import FeedbackView
from services.feedback.items.views import feedback_view
from services.feedback.models import Feedback
from services.feedback.moderation import domain
from services.feedback.moderation.schemas import Labels, Moderation
from shared.change_request import EditRequest, edit_request
from shared.errors import NotFound
from shared.routing import Router

router = Router(prefix="/v1/feedback/{feedback_id}", tags=["moderation"])
FeedbackEdit = Annotated[EditRequest, Security(edit_request, scopes=["feedback:write"])]
REFUSED = (AlreadyErased, AlreadyWithdrawn, NotConcerned, NotFound)


def keep_feedback(edit: EditRequest, feedback: Feedback) -> FeedbackView:
    """Answer with the feedback as it is now, and its new version."""
    return edit.keep(feedback_view(feedback, edit.caller), version=feedback.version)


@router.post(
    "/moderation",
    problems=(*REFUSED, AlreadyPublished, ComplaintNeverPublished, PublishNotPermitted, ReasonRequired),
)
async def moderate_feedback(feedback_id: UUID, decision: Moderation, edit: FeedbackEdit) -> FeedbackView:
    """Publish feedback, withhold it with a reason, or mark it urgent."""
    feedback = await domain.lock_feedback_to_edit(edit, feedback_id)
    domain.moderate(edit.session, feedback, decision, edit.actor)
    return keep_feedback(edit, feedback)


@router.post("/read", problems=REFUSED)
async def record_feedback_read(feedback_id: UUID, edit: FeedbackEdit) -> FeedbackView:
    """Record that a person read the feedback."""
    feedback = await domain.lock_feedback_to_edit(edit, feedback_id)
    domain.record_read(edit.session, feedback)
    return keep_feedback(edit, feedback)


@router.post("/themes", problems=REFUSED)
async def label_feedback(feedback_id: UUID, labels: Labels, edit: FeedbackEdit) -> FeedbackView:
    """Replace the themes of the feedback."""
    feedback = await domain.lock_feedback_to_edit(edit, feedback_id)
    domain.label_feedback(edit.session, feedback, labels.themes)
    return keep_feedback(edit, feedback)


@router.post("/withdrawal", problems=REFUSED)
async def withdraw_feedback(feedback_id: UUID, edit: FeedbackEdit) -> FeedbackView:
    """Withdraw feedback for its contributor. Nobody sees or uses it any more."""
    feedback = await domain.lock_feedback_to_edit(edit, feedback_id, by_sender=True)
    domain.withdraw(edit.session, feedback)
    return keep_feedback(edit, feedback)


@router.post("/erasure", problems=(AlreadyErased, NotConcerned, NotFound))
async def erase_feedback(feedback_id: UUID, edit: FeedbackEdit, tools: Tools) -> FeedbackView:
    """Erase everything personal about the feedback; the fact that there was feedback stays."""
    feedback = await domain.lock_feedback_to_edit(edit, feedback_id, by_sender=True)
    await domain.erase(edit.session, feedback, tools.codes)
    return keep_feedback(edit, feedback)
