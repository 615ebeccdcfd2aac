"""What the loop tells: you said, we did."""

from typing import ClassVar, Literal
from uuid import UUID

from shared.events.base import Audience, Event


class LoopDrafted(Event):
    """A loop was drafted from feedback; only its body and its contributors see it."""

    type: ClassVar[str] = "loop.drafted.v1"
    audience: ClassVar[Audience] = "internal"
    aggregate: ClassVar[str] = "loop_id"

    loop_id: UUID
    state: Literal["draft"]
    organisation_id: UUID | None
    footprint_id: UUID | None
    feedback_ids: tuple[UUID, ...]
