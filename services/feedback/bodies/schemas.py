"""The bodies that feedback is about: as the sender names them, and as they are found."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from services.feedback.leaving_out import LeftOut

# By what the footprint was found: the sender named it, a postcode, or the organisation that was in it.
PlacedBy = Literal["named", "postcode", "organisation"]


@dataclass(frozen=True, slots=True)
class BodyRefs:
    """What a sender names: a footprint or a postcode, and organisations; each as an id or a code."""

    footprint: str | None
    postcode: str | None
    organisations: tuple[str, ...]
    # Whether the sender gave a list, so that a problem can point at the entry.
    is_list: bool = True
    # The day that it is about; null: the day on which it comes.
    day: date | None = None

    def pointer_of_organisation(self, place: int) -> str:
        """Where the sender named an organisation, as a JSON pointer."""
        return f"/organisations/{place}" if self.is_list else "/organisation"


@dataclass(frozen=True, slots=True)
class FeedbackBodies:
    """The bodies that a piece of feedback is about, by their ids."""

    footprint_id: UUID | None
    organisation_ids: list[UUID]
    # A postcode that leads nowhere is left out beside a body that is named.
    left_out: tuple[LeftOut, ...] = ()
    # Whether it names organisations, and all of them are invented.
    demonstration: bool = False
    placed_by: PlacedBy | None = None
