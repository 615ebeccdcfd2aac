"""Shapes of tellings."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events.loop import TellingKind
from shared.schemas import Answer, Line, Moment, Prose, Schema


class PreviewOut(Answer):
    """Who would be told if it were asked for now: how many, never who."""

    kind: TellingKind
    contributors: int = Field(description="How many pieces of feedback the loop answers.")
    reachable: int = Field(description="How many of those who gave them can be told.")
    unreachable: int = Field(description="How many cannot: no permission, or no address.")
    preview_id: str = Field(
        description="Send it when you acknowledge. It changes when the people who would be told change."
    )


class NewGroupTelling(Schema):
    """That people were told together, where they cannot be told one by one."""

    held_on: date = Field(description="The day on which they were told.")
    way: Line = Field(description="How, such as a meeting or a notice.")
    people: int = Field(
        ge=1, le=1_000_000, description="How many were there, or are thought to have seen it."
    )
    note: Prose | None = Field(None, description="What else is to be known, with no names of people.")


class TellingOut(Answer):
    """Word to one contributor, and what became of it."""

    id: UUID
    feedback_id: UUID
    kind: TellingKind
    state: Literal["requested", "held", "delivered", "failed", "suppressed"]
    reason: str | None = Field(description="Why it is held or failed.")
    in_format: str | None = Field(description="The format in which the person was told.")
    requested_at: Moment
    at: Moment | None = Field(description="When it came to this.")


class GroupTellingOut(Answer):
    """Word that people were given together."""

    id: UUID
    held_on: date
    way: str
    people: int
    note: str | None
    logged_at: Moment


class ToldOut(Answer):
    """How far telling has come, as the body sees it; group tellings are apart."""

    told: int = Field(
        description="To how many word of the outcome was delivered in the format they asked for."
    )
    reachable: int = Field(description="How many can be told: permission and a working address.")
    waiting: int = Field(description="To how many word is still on its way, or held.")
    tellings: list[TellingOut]
    group_tellings: list[GroupTellingOut]
