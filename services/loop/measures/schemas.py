"""Shapes of measures."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.disclosure import ShownCount
from shared.schemas import Answer, Moment


class Times(Answer):
    """How long something took. There is no mean, because it hides the longest waits."""

    unit: str = Field(description="`working days` of England, or `days`.")
    n: int = Field(description="The number of loops in which it has happened.")
    median: int | None = Field(description="In public, this and the next two are null when n is below 5.")
    p75: int | None
    p90: int | None
    within_clock: float | None = Field(
        description="The share within the limit. Null where there is no limit."
    )


class Share(Answer):
    """A part of a whole."""

    part: int
    of: int
    share: float | None = Field(description="Null when there is nothing to count.")


class ToldOut(Answer):
    """People who were told the outcome of a loop, of the people who can be told."""

    told: ShownCount = Field(description="How many had the outcome delivered in the format they asked for.")
    reachable: ShownCount = Field(description="How many can be told: they agreed, and their address works.")
    unreachable: ShownCount = Field(description="How many people cannot be told. No share counts them.")
    share: float | None = Field(description="told ÷ reachable. Null when one of them is held back.")


class VerdictCounts(Answer):
    """People's verdicts on loops; in public, small numbers are held back."""

    n: ShownCount
    witnessed: ShownCount = Field(description="How many are witnessed. Only these can confirm a loop.")
    not_witnessed: ShownCount
    changed: ShownCount = Field(description="How many were changed after they were given.")
    did_it_happen: dict[str, ShownCount] | None = Field(
        description="What witnessed verdicts say, as the next three do. In public null below 5."
    )
    worth: dict[str, ShownCount] | None
    explained_well: dict[str, ShownCount] | None
    felt_heard: dict[str, ShownCount] | None
    others: dict[str, ShownCount] | None = Field(
        description="What verdicts that are not witnessed say of whether it happened."
    )


class DeclinesExplained(Answer):
    """How many of the people who were told no found it explained well: 4 or 5 of 5."""

    n: ShownCount
    well: ShownCount | None
    share: float | None


class Slips(Answer):
    """Due dates that passed, or were moved to a later day."""

    slips: int
    commitments: int
    slipped: int = Field(description="How many commitments slipped at least once.")


class MeasuresOut(Answer):
    """How loops went. Loops that only answer praise are counted apart."""

    at: Moment
    footprint_id: UUID | None
    organisation_id: UUID | None
    since: date | None
    until: date | None
    demonstration: bool = Field(
        description="Whether these are a demonstration's loops. They are never mixed with real ones."
    )
    opened: int
    states: dict[str, int]
    praise: int = Field(description="Loops that answer compliments and nothing else.")
    time_to: dict[str, Times] = Field(description="`acknowledge`, `decide`, `first_change`.")
    on_time: dict[str, Share] = Field(
        description="For each limit and for `all`: on time ÷ (met + open and overdue)."
    )
    people_since: date | None = Field(
        description="In public, `told`, `verdicts` and `declines_explained_well` count loops that closed "
        "in whole quarters, from this day on. Null: from the beginning."
    )
    people_until: date = Field(description="Until this day: the last of a quarter that has ended.")
    told: ToldOut
    closed: dict[str, int] = Field(description="`confirmed`, `unconfirmed`, `declined`, `disputed`.")
    judged: dict[str, int] = Field(
        description="Loops with a change, by who verified it: `another_organisation` or `the_body_itself`."
    )
    halted: dict[str, int] = Field(
        description="Loops that are halted now, by whose sending: `another_organisation`, "
        "`the_body_itself` or `not_known`."
    )
    verdicts: VerdictCounts
    declines_explained_well: DeclinesExplained
    kept_by_original_date: Share = Field(
        description="Kept by the day first promised ÷ (kept + not kept though that day has passed)."
    )
    slips: Slips
    raised_again: Share = Field(description="Closed loops whose feedback was in a new loop within a year.")
