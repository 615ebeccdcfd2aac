"""What each caller sees of a piece of feedback."""

from typing import cast

from pydantic import JsonValue

from services.feedback.bodies.heirs import Heirs
from services.feedback.items.events import GONE
from services.feedback.items.view_schemas import FeedbackView, RevisionView
from services.feedback.items.words import WORDS, shown_feedback, shown_revision
from services.feedback.leaving_out import LeftOutView
from services.feedback.models import Feedback, Revision
from services.feedback.operators import is_operator
from shared.auth import Caller
from shared.columns import erased_values, public_columns, revised_columns

VIEWED = frozenset(FeedbackView.model_fields)
VIEWED_BY_EVERYONE = VIEWED & (public_columns(Feedback) | {"id", "version", "sent_by_body"})
GIVEN_WORDS = WORDS.intersection(revised_columns(Feedback))


def is_about_caller(feedback: Feedback, caller: Caller) -> bool:
    """Whether it is about the caller's organisation or footprint, or about a body whose heir it is."""
    return any(body in feedback.bodies for body in (caller.organisation_id, *caller.heir_of))


def is_sent_by_caller(feedback: Feedback, caller: Caller) -> bool:
    """Whether the caller's organisation sent it, or a body whose heir it is."""
    own = caller.organisation_id
    return own is not None and feedback.sender_id in (own, *caller.heir_of)


def is_insider(feedback: Feedback, caller: Caller) -> bool:
    """Whether the caller sees more of it than the public: it sent it, or may read what is about it."""
    is_theirs = is_about_caller(feedback, caller) or is_operator(caller)
    may_read = is_theirs and "feedback:read" in caller.scopes
    return may_read or is_sent_by_caller(feedback, caller)


def feedback_view(feedback: Feedback, caller: Caller, heirs: Heirs) -> FeedbackView:
    """The part of it that this caller may see: personal data masked, and no words that were withdrawn."""
    names = VIEWED if is_insider(feedback, caller) else VIEWED_BY_EVERYONE
    values = {name: getattr(feedback, name) for name in names - WORDS - {"sent_by_body"}}
    values["sent_by_body"] = heirs.is_about(feedback, feedback.sender_id)
    shown = shown_feedback(feedback)
    values |= {name: shown.get(name) for name in names & WORDS}
    if is_sent_by_caller(feedback, caller):
        # It is the sender's own number, which may look like another's: a masked one finds nothing again.
        values["external_id"] = feedback.external_id
    if feedback.state in GONE:
        empty = erased_values(Feedback)
        values |= {name: empty[name] for name in GIVEN_WORDS}
    return FeedbackView.model_validate(values)


def revision_view(revision: Revision) -> RevisionView:
    """The earlier content, masked."""
    content = revision.content | shown_revision(revision)
    if "left_out" in content:
        left = cast(list[JsonValue], content["left_out"])
        content["left_out"] = [LeftOutView.model_validate(each).model_dump() for each in left]
    return RevisionView(
        number=revision.number,
        content=content,
        words_at=revision.words_at,
        replaced_at=revision.replaced_at,
    )
