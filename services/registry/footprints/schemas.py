"""How a footprint is answered, and what is not known of it."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.registry.appointments.schemas import AppointmentOut
from services.registry.bodies.schemas import BodyState, Left, Successor
from services.registry.contacts.schemas import ContactOut
from shared.schemas import Answer


class TryInstead(Answer):
    """Somebody else who may know."""

    id: UUID
    name: str
    why: str
    href: str


class NotKnown(Answer):
    """Something that the registry does not know, with what it knew last."""

    what: Literal["leader", "contact", "footprint", "healthwatch", "later", "earlier", "name"] = Field(
        description="`later`, `earlier`: how it was after the day of its register, or before it begins;"
        " `name`: which of two names it had."
    )
    why: str | None = Field(None, description="Why it is not known, where the sources are the reason.")
    last_known: str | None = Field(description="What was known last: history, most likely no longer true.")
    last_known_on: date | None
    try_instead: list[TryInstead]


class FootprintOut(BodyState):
    """A footprint as it was on a day."""

    edition: str = Field(description="The edition of its boundary, such as `STP2016` or `ICB2026`.")
    region: str | None
    residents: int | None = Field(description="Mid-2020 for partnerships, census of 2021 for boards.")
    is_organisation: bool = Field(description="Whether it is a body in law too, with the same id.")


class FootprintDetail(FootprintOut):
    """A footprint with its leaders and contacts, as far as they were known on a day."""

    as_of: date
    successors: list[Successor] = Field(description="What took over when it closed.")
    leaders: list[AppointmentOut]
    contacts: list[ContactOut]
    not_known: list[NotKnown]


class FootprintEnded(FootprintDetail):
    """A footprint that closes."""

    left: list[Left] = Field(description="What ended with it, and what refers to it still.")
