"""Shapes of what people and senders see of the loops that answer feedback: public facts."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.schemas import Answer, Moment


class LoopStep(Answer):
    """One step of a loop."""

    what: str
    at: Moment


class DecisionSeen(Answer):
    """A decision of the body that must answer."""

    decision_id: UUID
    answer: str | None
    decided_on: date
    revisit_on: date | None = Field(description="When it looks at this again.")


class PromiseSeen(Answer):
    """What a body promised, and by when."""

    commitment_id: UUID
    owner_organisation_id: UUID
    due_on: date
    original_due_on: date = Field(description="By when it was due at first; this never changes.")
    slips: int = Field(description="How often its due date passed or was moved to a later one.")
    latest: Literal["made", "accepted", "slipped", "revised", "change_claimed"] = Field(
        description="What happened to it last."
    )


class AnsweringLoop(Answer):
    """The public facts of a loop that answers somebody's feedback."""

    loop_id: UUID
    state: str
    answer: str | None
    closed_as: str | None
    judged_by: str | None = Field(
        description="Who verified that something changed: `another_organisation` or `the_body_itself`."
    )
    demonstration: bool = Field(description="Whether it is a demonstration, not a real body's act.")
    organisation_id: UUID | None
    footprint_id: UUID | None
    verdict_wanted: bool = Field(description="Whether your verdict is wanted now.")
    steps: list[LoopStep]
    decisions: list[DecisionSeen] = Field([], description="The newest 20 decisions, the first of them first.")
    promises: list[PromiseSeen] = Field([], description="The newest 20 promises, the first of them first.")
    message: str
