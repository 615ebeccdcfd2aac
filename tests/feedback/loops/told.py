"""What the loop service tells of loops, as tests say it."""

from datetime import date
from typing import Any
from uuid import UUID

from shared.events.loop import LoopState
from shared.ids import new_id

PROMISED = {
    "state": "committed",
    "due_on": date(2026, 12, 1),
    "original_due_on": date(2026, 11, 1),
    "owner_organisation_id": UUID(int=7),
}


def loop_event(kind: type[LoopState], loop_id: UUID, *said: dict[str, Any], **facts: Any) -> LoopState:
    """The event that something happened to a loop that answers what was said."""
    known = {"loop_id": loop_id, "organisation_id": new_id(), "footprint_id": None}
    return kind.model_validate(known | {"feedback_ids": [each["id"] for each in said]} | facts)
