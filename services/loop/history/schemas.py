"""Shapes of a loop's history."""

from typing import Any
from uuid import UUID

from pydantic import Field

from shared.schemas import Answer, Moment


class VerifiedOut(Answer):
    """What came of checking a loop's history."""

    intact: bool
    length: int
    head: str
    first_broken: int | None = Field(description="The position of the first entry that is not as it was.")
    detail: str


class DoneBy(Answer):
    """Who took a step; nobody, when it came of the rules alone."""

    organisation: UUID | None
    team: str | None
    actor: str
    role: str


class TimelineEntry(Answer):
    """One thing that happened to a loop."""

    position: int
    at: Moment
    step: str
    state: str = Field(description="The state that it led to.")
    by: DoneBy
    facts: dict[str, Any]
    texts: dict[str, str | None] = Field(description="What was written; null where it was erased or waits.")
    hash: str
