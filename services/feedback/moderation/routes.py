"""What moderators do with feedback, and how staff withdraw and erase it: always a named person."""

from typing import Annotated
from uuid import UUID

from fastapi import Security

from services.feedback.bodies.heirs import Heirs, HeirsOfBodies
from services.feedback.errors import (
    AlreadyErased,
    AlreadyForwarded,
    AlreadyPublished,
    AlreadyWithdrawn,
    BodySucceeded,
    ComplaintNeverPublished,
    NoComplaint,
    NotConcerned,
    NotSuggested,
    NotWhoTakesIt,
    NotYoursToWithdraw,
    PublishNotPermitted,
    ReasonRequired,
    SenderModerates,
)
from services.feedback.items.intake import Tools
from services.feedback.items.view_schemas import FeedbackView
from services.feedback.items.views import feedback_view
from services.feedback.models import Feedback
from services.feedback.moderation import domain, rights, suggestions
from services.feedback.moderation.forwarding import NewForwarding, forward_complaint
from services.feedback.moderation.keys import Erasing
from services.feedback.moderation.schemas import (
    Erasure,
    Labels,
    Moderation,
    RefusedTheme,
    RefusedThemeView,
    Suggestions,
)
from shared.auth import Caller, needs
from shared.change_request import AttributedEditRequest, attributed_edit_request
from shared.copies import UNKNOWN_BODY
from shared.db import Session
from shared.errors import NotFound, ScopeMissing
from shared.routing import Router

router = Router(prefix="/v1/feedback/{feedback_id}", tags=["moderation"])
FeedbackEdit = Annotated[AttributedEditRequest, Security(attributed_edit_request, scopes=["feedback:write"])]
# Which scope an erasure needs depends on whose words they are.
FeedbackErasure = Annotated[AttributedEditRequest, Security(attributed_edit_request, scopes=[])]
REFUSED = (AlreadyErased, AlreadyWithdrawn, BodySucceeded, NotConcerned, NotFound)


def keep_feedback(edit: AttributedEditRequest, feedback: Feedback, heirs: Heirs) -> FeedbackView:
    """Answer with the feedback as it is now, and its new version."""
    return edit.keep(feedback_view(feedback, edit.caller, heirs), version=feedback.version)


@router.post(
    "/moderation",
    problems=(
        *REFUSED,
        AlreadyPublished,
        ComplaintNeverPublished,
        PublishNotPermitted,
        ReasonRequired,
        SenderModerates,
    ),
)
async def moderate_feedback(
    feedback_id: UUID, decision: Moderation, edit: FeedbackEdit, heirs: HeirsOfBodies
) -> FeedbackView:
    """Publish feedback, withhold it with a reason, or mark it urgent."""
    feedback = await rights.lock_feedback_to_moderate(edit, feedback_id)
    await domain.moderate(edit, feedback, decision)
    return keep_feedback(edit, feedback, heirs)


@router.post("/read", problems=(*REFUSED, SenderModerates))
async def record_feedback_read(feedback_id: UUID, edit: FeedbackEdit, heirs: HeirsOfBodies) -> FeedbackView:
    """Record that a person read the feedback."""
    feedback = await rights.lock_feedback_to_moderate(edit, feedback_id)
    domain.record_read(edit, feedback)
    return keep_feedback(edit, feedback, heirs)


@router.get("/theme-suggestions", problems=(NotFound,))
async def suggest_themes(
    feedback_id: UUID, caller: Annotated[Caller, needs("feedback:read")], session: Session
) -> Suggestions:
    """See which themes a model suggests, if you may moderate the feedback. Suggestions are kept nowhere."""
    return await suggestions.suggest_themes(session, feedback_id, caller)


@router.post("/theme-refusals", status_code=201, problems=(*REFUSED, NotSuggested, SenderModerates))
async def refuse_theme(feedback_id: UUID, refusal: RefusedTheme, edit: FeedbackEdit) -> RefusedThemeView:
    """Refuse a theme that a model suggested. The next model learns from it; nothing else uses it."""
    feedback = await rights.lock_feedback_to_moderate(edit, feedback_id)
    domain.refuse_if_gone(feedback)
    await suggestions.refuse_suggestion(edit, feedback, refusal)
    return edit.keep(RefusedThemeView(feedback_id=feedback_id, **refusal.model_dump()))


@router.post("/themes", problems=(*REFUSED, NotSuggested, SenderModerates))
async def label_feedback(
    feedback_id: UUID, labels: Labels, edit: FeedbackEdit, heirs: HeirsOfBodies
) -> FeedbackView:
    """Replace the themes of the feedback, also with those that a model suggested and you accept."""
    feedback = await rights.lock_feedback_to_moderate(edit, feedback_id)
    await domain.label_feedback(edit, feedback, labels.themes)
    return keep_feedback(edit, feedback, heirs)


@router.post(
    "/forwarding",
    problems=(*REFUSED, *UNKNOWN_BODY, AlreadyForwarded, NoComplaint, NotWhoTakesIt, SenderModerates),
)
async def forward_feedback(
    feedback_id: UUID, new: NewForwarding, edit: FeedbackEdit, tools: Tools, heirs: HeirsOfBodies
) -> FeedbackView:
    """Forward a complaint, with its person's agreement, to who takes it as a formal complaint.

    That is a body that it is about, or the board of its place. Either acknowledges it in three working days.
    """
    feedback = await rights.lock_feedback_to_moderate(edit, feedback_id)
    await forward_complaint(edit, feedback, new, tools.bodies, heirs)
    return keep_feedback(edit, feedback, heirs)


@router.post("/withdrawal", problems=(*REFUSED, NotYoursToWithdraw))
async def withdraw_feedback(feedback_id: UUID, edit: FeedbackEdit, heirs: HeirsOfBodies) -> FeedbackView:
    """Withdraw feedback that you sent, for its contributor. Nobody sees or uses it any more.

    A body cannot withdraw what was said about it.
    """
    feedback, ending = await rights.lock_feedback_to_withdraw(edit, feedback_id)
    await domain.withdraw(edit.session, feedback, ending)
    return keep_feedback(edit, feedback, heirs)


@router.post("/erasure", problems=(AlreadyErased, BodySucceeded, NotConcerned, NotFound, ScopeMissing))
async def erase_feedback(
    feedback_id: UUID, erasure: Erasure, edit: FeedbackErasure, keys: Erasing, heirs: HeirsOfBodies
) -> FeedbackView:
    """Erase everything personal about the feedback; the fact that there was feedback stays.

    If it is about you, you need `feedback:erase`, and you are named as who erased it. If you only sent it,
    `feedback:write` is enough.
    """
    feedback, ending = await rights.lock_feedback_to_erase(edit, feedback_id, erasure.reason)
    await domain.erase(edit.session, feedback, keys, ending)
    return keep_feedback(edit, feedback, heirs)
