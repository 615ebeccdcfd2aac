"""In which footprint an organisation was, on a day that feedback is about."""

from calendar import monthrange
from datetime import date
from typing import Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.feedback.models import OrganisationCopy


class Membership(BaseModel):
    """The days on which an organisation was in a footprint; an open end is null."""

    model_config = ConfigDict(frozen=True)

    footprint_id: UUID
    valid_from: date | None
    valid_to: date | None

    def holds_on(self, day: date) -> bool:
        """Whether it was so on a day."""
        return (self.valid_from or day) <= day <= (self.valid_to or day)


class Homes(BaseModel):
    """The footprints that an organisation was ever in: of two on one day, first the one with more of it."""

    model_config = ConfigDict(frozen=True)

    last: UUID | None
    memberships: tuple[Membership, ...]

    @classmethod
    def of_copy(cls, known: OrganisationCopy) -> Self:
        """What the copy of an organisation says."""
        return cls.model_validate({"last": known.footprint_id, "memberships": known.memberships})

    def footprint_on(self, day: date) -> UUID | None:
        """The footprint of a day; of a day on which none is known, that of today or the last."""
        held = (each.footprint_id for each in self.memberships if each.holds_on(day))
        return next(held, self.last)


def last_day_of(said: str) -> date:
    """The last day of a year (2026), a month (2026-03) or a day (2026-03-31)."""
    year, month, day = ([int(part) for part in said.split("-")] + [0, 0])[:3]
    return date(year, month or 12, day or monthrange(year, month or 12)[1])
