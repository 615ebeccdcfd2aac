"""How a footprint is answered."""

from datetime import date

from pydantic import Field

from services.registry.appointments.schemas import AppointmentOut
from services.registry.bodies.schemas import BodyState, Left, Successor
from services.registry.contacts.schemas import ContactOut
from services.registry.known.schemas import NotKnown


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
