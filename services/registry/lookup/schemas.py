"""What is asked about a place, and what is told of it: never the postcode or the position itself."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from services.registry.appointments.schemas import AppointmentOut
from services.registry.bodies.schemas import BodyNamed, Day
from services.registry.contacts.schemas import ContactOut
from services.registry.doors.schemas import NotKnown
from services.registry.footprints.schemas import FootprintOut
from services.registry.lineage.schemas import LineageEntry
from shared.schemas import Answer, Schema

PLACES_MAX = 1_000
CodeText = Annotated[str, StringConstraints(min_length=1, max_length=20)]
Method = Literal[
    "postcode", "postcode_sector", "outward_code", "council", "ccg", "ods", "ons", "nearest_known_position"
]


class PlaceGiven(Schema):
    """A place, in exactly one way: `postcode`, `council`, `ccg`, `ods`, `ons`, or both coordinates."""

    postcode: CodeText | None = Field(
        None, description="A postcode, a sector (NE1 4) or an outward code (NE1)."
    )
    council: CodeText | None = Field(None, description="The ONS code of a council, also of a county.")
    ccg: CodeText | None = Field(
        None, description="The ODS or ONS code of a clinical commissioning group of 2016 to 2022."
    )
    ods: CodeText | None = Field(None, description="The ODS code of any body, also of a practice or a trust.")
    ons: CodeText | None = Field(None, description="The ONS code of any body.")
    edition: CodeText | None = Field(
        None,
        description="With `ods` or `ons`: the edition or family that the code is of, such as `STP2016`, `ICB`"
        " or `CCG2016`. Without it the body is meant that has the code on the day.",
    )
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False, description="WGS 84.")
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False, description="WGS 84.")


class Place(PlaceGiven):
    """A place that is asked about, and the day."""

    as_of: Day | None = Field(None, description="The day that is asked about; today by default.")


class PlaceInAddress(Place):
    """The same in an address, where fields that nobody knows are passed over: they may hold anything."""

    model_config = ConfigDict(extra="ignore")


class Places(Schema):
    """Many places that are asked about at once."""

    places: list[Any] = Field(
        min_length=1,
        max_length=PLACES_MAX,
        description="Each a postcode, an ONS code, `ods:…`, `ons:…`, or an object as in a single lookup.",
        examples=[["NE1 4LP", "ods:QNQ", "E08000021", {"ccg": "13T"}]],
    )
    as_of: Day | None = Field(None, description="The day that is asked about; today by default.")


class Area(Answer):
    """An area around a place: census area, location of a board, council, commissioning group of 2016."""

    kind: Literal["small_area", "sub_icb_location", "local_authority", "ccg"]
    edition: str
    id: UUID | None = Field(description="The body's id; a small area is none.")
    code: str | None
    name: str
    share: float = Field(description="How much of the place is in it: 1 for a full postcode.")
    deprivation_decile: int | None = Field(None, description="1 is the most deprived tenth (2025).")


class Candidate(Answer):
    """A footprint that a place may be in, and how much of the place is."""

    footprint: BodyNamed
    share: float | None = Field(
        description="Of residents, or of the postcodes of a part of one; null for a position, where the"
        " nearest come first."
    )


class MatchedBy(Answer):
    """How a place was found."""

    method: Method
    body: BodyNamed | None = Field(None, description="The body that the code means.")
    distance_metres: int | None = Field(None, description="To the known position that stands for the place.")
    note: str | None = None


class PlaceFound(Answer):
    """Which doors a place has, and who is behind them."""

    as_of: date
    matched_by: MatchedBy
    boundary_edition: str = Field(description="The edition of the boundaries by which the place was found.")
    certain: bool = Field(description="Whether there is one footprint that it can be.")
    footprint: FootprintOut | None = Field(description="Null where the place lies in several.")
    candidates: list[Candidate] = Field(
        description="The footprints that it lies in, the largest share first."
    )
    ask_for: Literal["postcode"] | None = Field(description="What would decide between the candidates.")
    detail: str | None = Field(description="Why it is not certain, and what to do about it.")
    lineage: list[LineageEntry] = Field(
        description="The footprints that this place has been in, today's first, back to that of 2016."
    )
    leaders: list[AppointmentOut]
    contacts: list[ContactOut]
    areas: list[Area]
    organisations: list[BodyNamed] = Field(description="Councils, Healthwatch, and trusts of the footprint.")
    not_known: list[NotKnown]


class PlaceResult(Answer):
    """What was found of one of many places; what could not be found has a code instead."""

    index: int = Field(description="The place's number in the list that was sent, from 0.")
    footprint: BodyNamed | None
    boundary_edition: str | None
    candidates: list[Candidate]
    code: str | None = Field(None, description="The code of a single lookup's error, where this is one.")
    detail: str | None = Field(None, description="What is wrong, or why it is not certain.")


class PlacesFound(Answer):
    """The footprints of many places, in the order in which they were sent."""

    as_of: date
    results: list[PlaceResult]
