"""What a client sends about a knock, and what it and the public read."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.disclosure import ShownCount
from shared.schemas import Answer, Moment, Schema

Outcome = Literal["person", "automatic", "bounced", "silence"]


class KnockOutcome(Schema):
    """What came of a knock."""

    outcome: Outcome = Field(
        description="`person` or `automatic` (a machine) answered, it `bounced`, or `silence` for 14 days."
    )
    answered_at: Moment | None = Field(None, description="When the answer came; required for `person`.")


class NewKnock(Schema):
    """A try to reach a body by a contact. Do not say what it was about."""

    knocked_at: Moment
    outcome: Outcome | None = Field(None, description="Leave this out while an answer may still come.")
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
    silent_from: Moment = Field(
        description="When a missing answer becomes `silence`: 14 days after the knock."
    )


class Outcomes(Answer):
    """How many knocks had which outcome."""

    person: int
    automatic: int
    bounced: int
    silence: int
    waiting: int = Field(description="No answer yet, in the first 14 days.")


class Responsiveness(Answer):
    """How well a contact answers. It never shows who knocked."""

    as_of: date
    since: date
    until: date = Field(description="The last day that counts: the end of the last complete quarter.")
    too_few_to_say: bool = Field(
        description="No quarter has 5 knocks by 3 organisations. Quarters with fewer are left out."
    )
    knocks: ShownCount = Field(
        description="One for each organisation, contact and day: its best outcome. It may be held back."
    )
    outcomes: Outcomes | None
    share_answered: float | None = Field(description="The share of settled knocks that a person answered.")
    median_hours: float | None = Field(description="Half of the answers by a person came within this time.")
    last_alive_on: date | None = Field(
        description="The last day on which a person answered or somebody verified a contact."
    )
