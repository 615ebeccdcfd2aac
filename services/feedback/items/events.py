"""The events of a piece of feedback, made from its row: ids and facts, never a word of it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.feedback.models import Feedback
from shared.columns import event_columns
from shared.events.feedback import FeedbackState

GONE = ("withdrawn", "erased")


def concerned(row: Mapping[str, Any]) -> tuple[UUID, ...]:
    """Return the bodies that it is about: its organisations, and its footprint when there is one."""
    footprint = (row["footprint_id"],) if row["footprint_id"] else ()
    return tuple(dict.fromkeys((*row["organisation_ids"], *footprint)))


def state_of(kind: type[FeedbackState], row: Mapping[str, Any], previous: str | None = None) -> FeedbackState:
    """Return an event that tells the present state of a row."""
    facts = {name: row.get(name) for name in event_columns(Feedback)}
    footprints = (row["footprint_id"],) if row["footprint_id"] else ()
    themes = tuple(theme["code"] for theme in row["themes"])
    told: dict[str, Any] = {"organisations": concerned(row), "footprints": footprints, "themes": themes}
    told |= {"feedback_id": row["id"], "previous_state": previous}
    return kind.model_validate(facts | told | {"reachable": reachable(row)})


def reachable(row: Mapping[str, Any]) -> bool:
    """Tell whether who said it can be told: they allow it, left an address, and took nothing back."""
    allowed = row["permissions"].get("contact") == "yes" and not row.get("unsubscribed_at")
    return bool(allowed and row.get("has_address") and row["state"] not in GONE)


def happened(kind: type[FeedbackState], feedback: Feedback, previous: str | None = None) -> FeedbackState:
    """Return an event about stored feedback."""
    return state_of(kind, vars(feedback), previous)
