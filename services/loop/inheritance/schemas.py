"""The shape of an inherited promise."""

from datetime import date
from uuid import UUID

from pydantic import Field

from shared.events.loop import State, Worded
from shared.schemas import Answer, Moment


class InheritedPromise(Answer):
    """A promise that a successor took over."""

    commitment_id: UUID
    loop_id: UUID
    title: str | None = Field(description="Null until a person has checked that it names nobody.")
    wording: Worded = Field(description="Whether the title is that of who raised the loop.")
    state: State
    demonstration: bool
    organisation_id: UUID | None = Field(description="The body that must answer now.")
    footprint_id: UUID | None
    inherited_from: UUID
    inherited_at: Moment
    heir_uncertain: bool = Field(description="Whether another successor could equally be the heir.")
    owner_to_be_named: bool = Field(description="Whether no team has accepted it since.")
    people_will_notice: str
    measure: str
    due_on: date
    original_due_on: date = Field(description="As the first body promised it.")
    slips: int
    kept_at: Moment | None
