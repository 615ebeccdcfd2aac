"""Shapes of decisions."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.events.loop import DecisionAnswer
from shared.schemas import Answer, Line, Moment, Prose, Schema


class NewDecision(Schema):
    """What was decided."""

    answer: DecisionAnswer = Field(description="What was decided.")
    deciding_role: Line = Field(description="The role that decided, not the name of a person.")
    forum: Line = Field(description="Where it was decided: a board, a committee, a meeting.")
    decided_on: date = Field(description="The day on which it was decided.")
    reason: Prose | None = Field(
        None, description="Why; has to be of substance for will_do_part, cannot, will_not."
    )
    constraint: Prose | None = Field(None, description="What exactly stands against it, if resources do.")
    would_change: Prose | None = Field(None, description="What would change this decision, if it declines.")
    revisit_on: date | None = Field(
        None, description="The day on which a declined matter is looked at again."
    )
    final_because: Prose | None = Field(None, description="Why a declined matter is not looked at again.")
    how_to_object: Prose | None = Field(None, description="How people can object, if it declines.")
    because: Prose | None = Field(None, description="Publicly, why a reason found too thin is enough.")


class DecisionOut(Answer):
    """A decision as everybody sees it."""

    id: UUID
    answer: DecisionAnswer
    deciding_role: str
    forum: str
    decided_on: date
    reason: str | None
    constraint: str | None
    would_change: str | None
    revisit_on: date | None
    final_because: str | None
    how_to_object: str | None
    because: str | None
    decided_at: Moment
