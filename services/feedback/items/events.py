"""The events of a piece of feedback, made from its row: ids and facts, never its words."""

from uuid import UUID

from services.feedback.models import Feedback
from shared.columns import event_columns
from shared.events.feedback import FeedbackState

GONE = ("withdrawn", "erased")


def feedback_event(
    kind: type[FeedbackState], feedback: Feedback, previous: str | None = None
) -> FeedbackState:
    """An event with the present state of a piece of feedback, and the state before it."""
    facts = {name: getattr(feedback, name) for name in event_columns(Feedback)}
    computed = {
        "feedback_id": feedback.id,
        "previous_state": previous,
        "organisations": bodies_of_feedback(feedback),
        "footprints": (feedback.footprint_id,) if feedback.footprint_id else (),
        "themes": tuple(theme["code"] for theme in feedback.themes),
        "reachable": is_reachable(feedback),
    }
    return kind.model_validate(facts | computed)


def bodies_of_feedback(feedback: Feedback) -> tuple[UUID, ...]:
    """The bodies that it is about: its organisations, and its footprint if it has one."""
    footprint = (feedback.footprint_id,) if feedback.footprint_id else ()
    return tuple(dict.fromkeys((*feedback.organisation_ids, *footprint)))


def is_reachable(feedback: Feedback) -> bool:
    """Whether the contributor can be told: they allow it, left an address, and withdrew nothing."""
    is_allowed = feedback.permissions.get("contact") == "yes" and not feedback.unsubscribed_at
    return is_allowed and bool(feedback.has_address) and feedback.state not in GONE
