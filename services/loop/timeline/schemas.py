"""Shapes of a loop's history."""

from uuid import UUID

from pydantic import Field

from shared.schemas import Answer, Moment


class VerifiedOut(Answer):
    """The result of checking a loop's history."""

    intact: bool
    length: int
    head: str
    first_broken: int | None = Field(description="The position of the first entry that was changed.")
    detail: str


class DoneBy(Answer):
    """Who took a step; `organisation` is null when a rule took it."""

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
    facts: dict[str, object]
    texts: dict[str, str | None] = Field(
        description="What was written. Null where it was erased, or nobody has moderated it."
    )
    hash: str
