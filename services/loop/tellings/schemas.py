"""Shapes of tellings."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from shared.disclosure import ShownCount
from shared.events.feedback import FailedReason, HeldReason
from shared.events.loop import TellingKind
from shared.plain_words import at_least
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


TellingState = Literal["requested", "held", "delivered", "failed", "suppressed"]
Reason = HeldReason | FailedReason


class PreviewOut(Answer):
    """How many people would be told if it were requested now, but not who they are.

    What tells of few people is held back, also from you: 0 to 4 are `fewer than 5`. Those whose words you,
    the raiser or your kin sent are counted apart. Who is counted in an earlier loop is left out: `at least
    18`.
    """

    kind: TellingKind
    contributors: int = Field(description="How many pieces of feedback the loop answers.")
    reachable: ShownCount = Field(description="How many of their contributors get mail.")
    held: ShownCount = Field(
        description="How many would, but their mail is held until this deployment releases it."
    )
    held_notice: str | None = Field(description="What holding means, where `held` has a number.")
    unassessed: ShownCount = Field(
        description="How many agreed and left an address that is not assessed yet. This takes seconds. If "
        "it stays so, this deployment tells nobody."
    )
    unreachable: ShownCount = Field(description="How many did not agree, or have no address that works.")
    unreachable_because: dict[Unreachable, ShownCount] | None = Field(
        description="Why, where that tells nothing of few people."
    )
    preview_id: str = Field(
        description="Send it when you acknowledge. It changes with the feedback and with `unreachable`."
    )


class NewGroupTelling(Schema):
    """People were told together, because they cannot be told one by one."""

    held_on: date = Field(description="The day on which they were told.")
    way: Annotated[Line, at_least(1)] = Field(
        description="How they were told, such as a meeting or a notice."
    )
    people: int = Field(
        ge=1, le=1_000_000, description="How many people were there, or are thought to have seen it."
    )
    note: Annotated[Prose, at_least(1)] | None = Field(
        None, description="Anything else to know. Do not name people."
    )


class TellingResults(Answer):
    """What became of the messages of one kind: how many, and never whose."""

    kind: TellingKind
    people: ShownCount = Field(description="To how many people the newest of these messages was requested.")
    requested_at: Moment = Field(description="When the last of them was requested.")
    states: dict[TellingState, ShownCount] | None = Field(
        description="How many are in each state. Null where it would tell of few people."
    )
    reasons: dict[Reason, ShownCount] | None = Field(
        description="Why some are held or failed. Null where it would tell of few people."
    )


class GroupTellingOut(Answer):
    """A telling of people together."""

    id: UUID
    held_on: date
    way: str
    people: int
    note: str | None
    logged_at: Moment


class TellingsView(Answer):
    """How many people have been told; group tellings are counted apart.

    What tells of few people is held back, also from the body: what became of one message says whether an
    address works, and whether somebody wants mail. Those whose words you, the raiser or your kin sent are
    counted apart. Who is counted in an earlier loop is left out: `at least 18`.
    """

    told: ShownCount = Field(
        description="How many people had the outcome delivered to them in the format they asked for. 0 to 4 "
        "are `fewer than 5`."
    )
    tellings: list[TellingResults] = Field(
        description="By kind. Reminders are left out if they went to fewer than 5 people."
    )
    group_tellings: list[GroupTellingOut]
