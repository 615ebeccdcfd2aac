"""What events tell of a loop: the same facts in each, as the loop stands."""

from collections.abc import Mapping
from typing import Any, TypeVar

from services.loop.models import Loop
from shared.events.loop import LoopFact, LoopState, State

Told = TypeVar("Told", bound=LoopFact)


def fact(
    loop: Loop, event: type[Told], previous: State | None = None, told: Mapping[str, Any] | None = None
) -> Told:
    """Return the event that tells of a loop as it stands; `told` are the event's own fields."""
    bodies = sorted({body for body in (loop.organisation_id, loop.footprint_id) if body})
    linked = {"feedback_ids": tuple(loop.feedback_ids)} if issubclass(event, LoopState) else {}
    facts = {
        "loop_id": loop.id, "state": loop.state, "previous_state": previous,
        "organisation_id": loop.organisation_id, "footprint_id": loop.footprint_id,
        "demonstration": loop.demonstration, "answer": loop.answer, "closed_as": loop.closed_as,
        "head": loop.history_head, "length": loop.history_length,
        "organisations": tuple(bodies), "footprints": (loop.footprint_id,) if loop.footprint_id else (),
    }  # fmt: skip
    return event(**facts | linked | dict(told or {}))
