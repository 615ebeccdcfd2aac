"""Shapes of counts: exact for the body itself, and for everybody so many at least."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.feedback.counts.adding import By, Voice
from services.feedback.counts.periods import Period
from shared.schemas import Answer

MonthGiven = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]


class CountView(Answer):
    """How many pieces of feedback were received in a period, of one value of the table."""

    period: str = Field(description="`2026-05`, `2026-Q2` or `2026`.")
    key: str | None = Field(
        description="The kind, the theme, the polarity, the step, or the kind and the depth (`story/long`): "
        "`score` has no words, `long` 500 characters or more. Null for all pieces of the period."
    )
    n: int | None = Field(description="The count; null where it is rounded.")
    at_least: int = Field(
        description="The true count is at least this. You may add these numbers up: the sum is a minimum too."
    )
    shown: str = Field(description="The count in words for people: `12`, `at least 10`, `fewer than 5`.")


class CountsOut(Answer):
    """Counts of the feedback about one body."""

    footprint_id: UUID | None
    organisation_id: UUID | None
    by: By
    voice: Voice = Field(description="Whose: staff's voice is never counted among people's.")
    each: Period
    exact: bool = Field(
        description="Whether the counts are exact and of this moment, for the body itself; otherwise they "
        "are rounded down, and of months that have settled, which never change."
    )
    items: list[CountView] = Field(description="By period, and every value of the table in each.")
