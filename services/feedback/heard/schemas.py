"""Shapes of who was heard, beside who lives there."""

from uuid import UUID

from pydantic import Field

from shared.schemas import Answer


class GroupHeard(Answer):
    """One group of people: how many were heard, and what share of those who live there it is."""

    code: str = Field(description="As in `demographics` of feedback.")
    at_least: int = Field(description="So many pieces at least were from people of this group.")
    shown: str = Field(description="The same in words for people: `at least 15`, `held back`.")
    low: float | None = Field(
        description="The share heard is at least this, at 95 in 100 (Wilson), with all that rounding hides; "
        "null where too little is known."
    )
    high: float | None = Field(description="It is at most this.")
    residents: int | None = Field(
        description="How many such people live there: by the census of 2021, for ages in mid-2020. "
        "Null if not known."
    )
    population_share: float | None
    heard_less: bool = Field(description="Whether all of the interval is below the share of the population.")
    last_heard: str | None = Field(
        description="The last quarter of which it is shown that the group was heard; null: not yet heard."
    )


class QuestionHeard(Answer):
    """What people said of themselves to one question."""

    question: str
    not_asked: int = Field(description="So many at least were not asked.")
    prefer_not_to_say: int = Field(description="So many at least did not want to say.")
    groups: list[GroupHeard]


class WhoWeHeard(Answer):
    """Who was heard about a footprint, in the last four quarters that have settled."""

    footprint_id: UUID
    quarters: list[str] = Field(description="`2026-Q1` …; empty before the first has settled.")
    people_at_least: int = Field(
        description="So many pieces at least were from people who were asked something of themselves."
    )
    questions: list[QuestionHeard]
