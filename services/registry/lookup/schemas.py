"""What is told of a place. A postcode is never part of it."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.registry.appointments.schemas import AppointmentOut
from services.registry.bodies.schemas import BodyNamed, Day
from services.registry.contacts.schemas import ContactOut
from services.registry.doors.schemas import NotKnown
from services.registry.footprints.schemas import FootprintOut
from services.registry.lineage.schemas import LineageEntry
from shared.schemas import Answer, Schema

PostcodeText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20),
    Field(description="A postcode; an outward code or a sector will do where it lies in one footprint."),
]


class Place(Schema):
    """A place that is asked about."""

    postcode: PostcodeText
    as_of: Day | None = Field(None, description="The day that is asked about; today by default.")


class Area(Answer):
    """An area around a place: census area, location of a board, council, commissioning group of 2016."""

    kind: Literal["small_area", "sub_icb_location", "local_authority", "ccg"]
    vintage: str
    id: UUID | None = Field(description="The body's id; a small area is none.")
    code: str | None
    name: str
    share: float = Field(description="How much of the place is in it: 1 for a full postcode.")
    deprivation_decile: int | None = Field(None, description="1 is the most deprived tenth (2025).")


class PlaceFound(Answer):
    """Which doors a place has, and who is behind them."""

    as_of: date
    boundary_vintage: str = Field(description="The edition of the boundaries by which the place was found.")
    footprint: FootprintOut
    lineage: list[LineageEntry] = Field(
        description="The footprints that this place has been in, today's first, back to that of 2016."
    )
    leaders: list[AppointmentOut]
    contacts: list[ContactOut]
    areas: list[Area]
    organisations: list[BodyNamed] = Field(description="Councils, Healthwatch, and trusts of the footprint.")
    not_known: list[NotKnown]
