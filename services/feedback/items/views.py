"""What each caller sees of a piece of feedback."""

from collections.abc import Collection, Mapping
from typing import Any, Protocol, cast
from uuid import UUID

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

VIEWED = tuple(FeedbackView.model_fields)
STORED = frozenset(VIEWED) - WORDS - {"sent_by_body", "loops"}
PUBLIC = public_columns(Feedback) | {"id", "version", "sent_by_body"}
HIDDEN = {name: None for name in VIEWED if name not in PUBLIC}
OF_MODEL = ("suggested_by", "score")
EMPTY = erased_values(Feedback)
WITHOUT_WORDS = {name: EMPTY[name] for name in WORDS.intersection(revised_columns(Feedback))}


class Stored(Protocol):
    """What decides who sees a piece of feedback."""

    @property
    def bodies(self) -> Collection[UUID]: ...
    @property
    def sender_id(self) -> UUID | None: ...
    @property
    def state(self) -> str: ...
    @property
    def external_id(self) -> str | None: ...


def is_about_caller(feedback: Stored, caller: Caller) -> bool:
    """Whether it is about the caller's organisation or footprint, or about a body whose heir it is."""
    return any(body in feedback.bodies for body in (caller.organisation_id, *caller.heir_of))


def is_sent_by_caller(feedback: Stored, caller: Caller) -> bool:
    """Whether the caller's organisation sent it, or a body whose heir it is."""
    own = caller.organisation_id
    return own is not None and feedback.sender_id in (own, *caller.heir_of)


def is_insider(feedback: Stored, caller: Caller) -> bool:
    """Whether the caller sees more of it than the public: it sent it, or may read what is about it."""
    is_theirs = is_about_caller(feedback, caller) or is_operator(caller)
    may_read = is_theirs and "feedback:read" in caller.scopes
    return may_read or is_sent_by_caller(feedback, caller)


def visible_values(
    feedback: Stored, values: Mapping[str, Any], caller: Caller, heirs: Heirs
) -> dict[str, Any]:
    """The values of it that this caller may see; no words that were withdrawn.

    `values` are those of `FeedbackView` by name, with its words masked; what is returned stands in its order.
    """
    seen: dict[str, Any] = dict(zip(VIEWED, map(values.get, VIEWED), strict=True))
    seen["sent_by_body"] = heirs.is_about(feedback, feedback.sender_id)
    if not is_insider(feedback, caller):
        seen |= HIDDEN | {"themes": [theme_without_model(each) for each in seen["themes"]]}
    if is_sent_by_caller(feedback, caller):
        # It is the sender's own number, which may look like another's: a masked one finds nothing again.
        seen["external_id"] = feedback.external_id
        masked = seen["masked"] or ()
        seen["masked"] = [mask for mask in masked if mask["field"] != "external_id"]
    return seen | WITHOUT_WORDS if feedback.state in GONE else seen


def theme_without_model(theme: Mapping[str, Any]) -> Mapping[str, Any]:
    """A label as the public sees it: a person's, whatever suggested it."""
    if "suggested_by" not in theme:
        return theme
    return {name: value for name, value in theme.items() if name not in OF_MODEL}


def feedback_view(feedback: Feedback, caller: Caller, heirs: Heirs) -> FeedbackView:
    """The part of it that this caller may see: personal data masked, and no words that were withdrawn."""
    values = {name: getattr(feedback, name) for name in STORED} | shown_feedback(feedback)
    return FeedbackView.model_validate(visible_values(feedback, values, caller, heirs))


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
