"""What of a piece of feedback is shown to whom."""

from services.feedback.items.events import GONE
from services.feedback.items.masking import mask_within
from services.feedback.items.schemas import FeedbackShown, RevisionShown
from services.feedback.models import Feedback, Revision
from shared.auth import Caller
from shared.columns import erased_values, masked_columns, public_columns, revised_columns

SHOWN = frozenset(FeedbackShown.model_fields)
SHOWN_TO_EVERYONE = SHOWN & (public_columns(Feedback) | {"id", "version"})
GIVEN_WORDS = masked_columns(Feedback).intersection(revised_columns(Feedback))


def concerns(feedback: Feedback, caller: Caller) -> bool:
    """Tell whether it is about the caller's organisation or footprint."""
    body = caller.organisation_id
    return body is not None and (body in feedback.organisation_ids or body == feedback.footprint_id)


def sent(feedback: Feedback, caller: Caller) -> bool:
    """Tell whether the caller's organisation sent it."""
    return caller.organisation_id is not None and feedback.sender_id == caller.organisation_id


def is_inside(feedback: Feedback, caller: Caller) -> bool:
    """Tell whether the caller sees more of it than the public: it sent it, or may read what concerns it."""
    return sent(feedback, caller) or (concerns(feedback, caller) and "feedback:read" in caller.scopes)


def shown(feedback: Feedback, caller: Caller) -> FeedbackShown:
    """Return what this caller may see of it: personal data masked, and no words that were taken back."""
    names = SHOWN if is_inside(feedback, caller) else SHOWN_TO_EVERYONE
    values = {name: getattr(feedback, name) for name in names}
    if feedback.state in GONE:
        empty = erased_values(Feedback)
        values |= {name: empty[name] for name in GIVEN_WORDS}
    words = names & masked_columns(Feedback)
    return FeedbackShown.model_validate(values | {name: mask_within(values[name]) for name in words})


def revision_shown(revision: Revision) -> RevisionShown:
    """Return what stood there before, masked."""
    content = {
        name: mask_within(value) if name in masked_columns(Feedback) else value
        for name, value in revision.content.items()
    }
    return RevisionShown(number=revision.number, content=content, replaced_at=revision.replaced_at)
