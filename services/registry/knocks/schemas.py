"""How a knock is told and recorded, and what is told of all knocks at a door."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import Field

from shared.schemas import Answer, Moment, Schema

Outcome = Literal["person", "automatic", "bounced", "silence"]


class Answered(Schema):
    """What came of a knock."""

    outcome: Outcome = Field(
        description="`person`: somebody answered; `automatic`: a machine did; `bounced`: it came back; "
        "`silence`: nothing within 14 days."
    )
    answered_at: Moment | None = Field(None, description="When the answer came; a person's always has one.")


class NewKnock(Schema):
    """A try to reach a body by a door. What was said is nobody's business here."""

    knocked_at: Moment
    outcome: Outcome | None = Field(None, description="Leave it out while an answer may still come.")
    answered_at: Moment | None = None


class KnockOut(Answer):
    """A knock, as only the client that knocked sees it."""

    id: UUID
    contact_id: UUID
    body_id: UUID
    knocked_at: Moment
    outcome: Outcome | None = Field(description="Null while an answer may still come.")
    answered_at: Moment | None
    recorded_at: Moment
    silent_from: Moment = Field(description="From when on no answer counts as silence: 14 days later.")


class Outcomes(Answer):
    """How many knocks ended how."""

    person: int
    automatic: int
    bounced: int
    silence: int
    waiting: int = Field(description="No answer yet, in the first 14 days.")


class Responsiveness(Answer):
    """Whether anybody answered those who knocked in the four quarters before a day; never who they were."""

    as_of: date
    since: date
    until: date = Field(description="The last day that is counted: that of the last quarter that is over.")
    too_few_to_say: bool = Field(
        description="No quarter has 5 knocks of 3 organisations; those that have fewer are left out."
    )
    knocks: int | str = Field(
        description="An organisation counts once for each door and day: its best outcome; or `held back`."
    )
    outcomes: Outcomes | None
    share_answered: float | None = Field(description="Of those not waiting any more, answered by a person.")
    median_hours: float | None = Field(description="Half of those whom a person answered waited no longer.")
    last_alive_on: date | None = Field(
        description="When a person last answered, or somebody made sure that the door works."
    )


OfContact = Annotated[UUID | None, Query(description="Only knocks at this door.")]
Waiting = Annotated[bool | None, Query(description="Only knocks without an outcome; or only others.")]
