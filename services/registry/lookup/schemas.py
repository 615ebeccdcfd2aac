"""The question about a place, and its answer, which never repeats the postcode or the position."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from services.registry.appointments.schemas import AppointmentOut
from services.registry.bodies.schemas import BodyNamed, Day
from services.registry.contacts.schemas import ContactOut
from services.registry.footprints.schemas import FootprintOut
from services.registry.known.schemas import NotKnown
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
    council: CodeText | None = Field(None, description="The ONS code of a council or a county.")
    ccg: CodeText | None = Field(
        None, description="The ODS or ONS code of a clinical commissioning group of 2016 to 2022."
    )
    ods: CodeText | None = Field(None, description="The ODS code of any body, such as a practice or a trust.")
    ons: CodeText | None = Field(None, description="The ONS code of any body.")
    edition: CodeText | None = Field(
        None,
        description="With `ods` or `ons`: the edition or family of the code, such as `STP2016`, `ICB` or"
        " `CCG2016`. Without it the code means the body that has it on the day.",
    )
    latitude: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False, description="WGS 84.")
    longitude: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False, description="WGS 84.")


class Place(PlaceGiven):
    """A place, and the day that you ask about."""

    as_of: Day | None = Field(None, description="The day that you ask about; today by default.")


class PlaceInAddress(Place):
    """The same in an address. Unknown fields are ignored, because no error may repeat them."""

    model_config = ConfigDict(extra="ignore")


class Places(Schema):
    """Many places in one request."""

    places: list[object] = Field(
        min_length=1,
        max_length=PLACES_MAX,
        description="Each a postcode, an ONS code, `ods:…`, `ons:…`, or an object as in a single lookup.",
        examples=[["NE1 4LP", "ods:QNQ", "E08000021", {"ccg": "13T"}]],
    )
    as_of: Day | None = Field(None, description="The day that you ask about; today by default.")


class Area(Answer):
    """A census area, ward, constituency, board's location, council or group (CCG) around a place."""

    kind: Literal["small_area", "ward", "constituency", "sub_icb_location", "local_authority", "ccg"]
    edition: str = Field(
        description="The edition of its boundaries. The group (CCG) is the one of the day (`CCG2016` to"
        " `CCG2021`). Groups closed on 30 June 2022: for later days it is the last one."
    )
    id: UUID | None = Field(description="The id of the body; null for a small area, ward or constituency.")
    code: str | None
    name: str
    share: float = Field(
        description="How much of the place is in it; 1 for a full postcode. For a constituency it can be"
        " less: the share of the small area's live postcodes, if we do not know about this postcode alone."
    )
    deprivation_decile: int | None = Field(None, description="1 is the most deprived tenth (2025).")


class Candidate(Answer):
    """A footprint that a place may be in, and how much of the place is."""

    footprint: BodyNamed
    share: float | None = Field(
        description="Of residents, or of postcodes for a part of a postcode. Null for a position: the"
        " nearest come first."
    )


class MatchedBy(Answer):
    """How a place was found."""

    method: Method
    body: BodyNamed | None = Field(None, description="The body with the code.")
    distance_metres: int | None = Field(
        None, description="The distance to the known position that stands for the place."
    )
    is_live: bool | None = Field(
        None, description="Whether a full postcode is in our list of live ones; if not, see `note`."
    )
    note: str | None = Field(
        None,
        description="What to know of it: that a body has closed, that its premises lie in the area of another"
        " board than its register names, that something else stands for the place.",
    )


class PlaceFound(Answer):
    """The footprint of a place, its leaders and its contacts."""

    as_of: date
    matched_by: MatchedBy
    boundary_vintage: str = Field(description="The edition of the boundaries that decided.")
    certain: bool = Field(description="Whether only one footprint is possible.")
    footprint: FootprintOut | None = Field(description="Null if the place is in several.")
    candidates: list[Candidate] = Field(
        description="The footprints that it may be in, the largest share first."
    )
    ask_for: Literal["postcode"] | None = Field(description="What would decide between the candidates.")
    detail: str | None = Field(description="Why it is not certain, and what to do.")
    lineage: list[LineageEntry] = Field(
        description="The footprints of this place since 2016, the latest first."
    )
    leaders: list[AppointmentOut]
    contacts: list[ContactOut]
    areas: list[Area]
    organisations: list[BodyNamed] = Field(description="Councils, Healthwatch, and trusts of the footprint.")
    not_known: list[NotKnown]


class PlaceResult(Answer):
    """The result for one of many places: its footprint, or the code of a problem."""

    index: int = Field(description="The number of the place in your list, from 0.")
    footprint: BodyNamed | None
    boundary_vintage: str | None
    candidates: list[Candidate]
    code: str | None = Field(None, description="The code of the problem, as in a single lookup.")
    detail: str | None = Field(None, description="What is wrong, or why it is not certain.")
    is_live: bool | None = Field(None, description="Whether a full postcode is in our list of live ones.")
    note: str | None = Field(None, description="As `matched_by.note` of a single lookup.")


class PlacesFound(Answer):
    """The footprints of many places, in the order of your list."""

    as_of: date
    results: list[PlaceResult]
