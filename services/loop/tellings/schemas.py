"""Shapes of tellings."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.disclosure import ShownCount
from shared.events.loop import TellingKind
from shared.schemas import Answer, Line, Moment, Prose, Schema

Unreachable = Literal[
    "no_agreement_or_address",
    "suppressed",
    "address_refused",
    "channel_not_available",
    "format_not_available",
    "language_not_available",
    "unreadable",
]


class PreviewOut(Answer):
    """How many people would be told if it were requested now, but not who they are."""

    kind: TellingKind
    contributors: int = Field(description="How many pieces of feedback the loop answers.")
    reachable: int = Field(description="How many of their contributors get mail.")
    held: int = Field(description="How many would, but their mail is held until this deployment releases it.")
    held_notice: str | None = Field(description="What holding means, where mail to somebody is held.")
    unassessed: int = Field(
        description="How many agreed and left an address that is not assessed yet. This takes seconds. If "
        "it stays so, this deployment tells nobody."
    )
    unreachable: int = Field(description="How many did not agree, or have no address that works.")
    unreachable_because: dict[Unreachable, ShownCount] | None = Field(
        description="Why, where that tells nothing of few people: 0 to 4 are `fewer than 5`."
    )
    preview_id: str = Field(
        description="Send it when you acknowledge. It changes when the people who would be told change."
    )


class NewGroupTelling(Schema):
    """People were told together, because they cannot be told one by one."""

    held_on: date = Field(description="The day on which they were told.")
    way: Line = Field(description="How they were told, such as a meeting or a notice.")
    people: int = Field(
        ge=1, le=1_000_000, description="How many people were there, or are thought to have seen it."
    )
    note: Prose | None = Field(None, description="Anything else to know. Do not name people.")


class TellingOut(Answer):
    """A message to one contributor, and its result."""

    id: UUID
    feedback_id: UUID
    kind: TellingKind
    state: Literal["requested", "held", "delivered", "failed", "suppressed"]
    reason: str | None = Field(description="Why it is held, or why it failed.")
    in_format: str | None = Field(description="The format in which the person was told.")
    requested_at: Moment
    at: Moment | None = Field(description="When it reached this state.")


class GroupTellingOut(Answer):
    """A telling of people together."""

    id: UUID
    held_on: date
    way: str
    people: int
    note: str | None
    logged_at: Moment


class TellingsView(Answer):
    """How many people have been told, as the body sees it; group tellings are counted apart."""

    told: int = Field(
        description="How many people had the outcome delivered to them in the format they asked for."
    )
    reachable: int = Field(description="How many people can be told: they agreed, and their address works.")
    waiting: int = Field(description="How many messages are still on their way, or held.")
    tellings: list[TellingOut]
    group_tellings: list[GroupTellingOut]
