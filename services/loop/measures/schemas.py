"""Shapes of measures."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.schemas import Answer, Moment

Count = int | str


class Times(Answer):
    """How long something took: never a mean, which hides those who waited longest."""

    unit: str = Field(description="`working days` of England, or `days`.")
    n: int = Field(description="In how many loops it has happened.")
    median: int | None = Field(description="In public null when n is below 5, like the next two.")
    p75: int | None
    p90: int | None
    within_clock: float | None = Field(description="The share within the limit; null where there is none.")


class Share(Answer):
    """A part of a number of acts."""

    part: int
    of: int
    share: float | None = Field(description="Null when there is nothing to count.")


class Told(Answer):
    """People who were told what came of it, of those who can be; those who cannot stand beside."""

    told: Count = Field(description="To how many word was delivered in the format they asked for.")
    reachable: Count = Field(description="How many can be told: permission and a working address.")
    unreachable: Count = Field(description="How many cannot. They are in no denominator, and not forgotten.")
    share: float | None = Field(description="told ÷ reachable; in public null when a part is held back.")


class Verdicts(Answer):
    """What people made of it; in public small numbers are held back."""

    n: Count
    did_it_happen: dict[str, Count] | None = Field(description="In public null when there are fewer than 5.")
    worth: dict[str, Count] | None
    explained_well: dict[str, Count] | None
    felt_heard: dict[str, Count] | None


class DeclinesExplained(Answer):
    """How many of those who were told no found it explained well: 4 or 5 of 5."""

    n: Count
    well: Count | None
    share: float | None


class Slips(Answer):
    """Due dates that passed or were moved to a later day."""

    slips: int
    commitments: int
    slipped: int = Field(description="How many commitments slipped at least once.")


class MeasuresOut(Answer):
    """How loops went; what was only praise stands apart and is in no other number."""

    at: Moment
    footprint_id: UUID | None
    organisation_id: UUID | None
    since: date | None
    until: date | None
    demonstration: bool = Field(description="Whether these are a demonstration's loops; they never mix.")
    opened: int
    states: dict[str, int]
    praise: int = Field(description="Loops that answer compliments and nothing else.")
    time_to: dict[str, Times] = Field(description="`acknowledge`, `decide`, `first_change`.")
    on_time: dict[str, Share] = Field(
        description="For each limit and for `all`: on time ÷ (met + open and overdue)."
    )
    told: Told
    closed: dict[str, int] = Field(description="`confirmed`, `unconfirmed`, `declined`, `disputed`.")
    verdicts: Verdicts
    declines_explained_well: DeclinesExplained
    kept_by_original_date: Share = Field(
        description="Kept by the day first promised ÷ (kept + not kept though that day has passed)."
    )
    slips: Slips
    raised_again: Share = Field(description="Closed loops whose feedback was in a new loop within a year.")
