"""Shapes of the board."""

from datetime import date
from uuid import UUID

from pydantic import Field

from services.loop.measures.schemas import ToldOut, VerdictCounts
from services.loop.view.schemas import DecisionOut
from shared.disclosure import ShownCount
from shared.events.loop import ClosedAs, HaltedBy, JudgedBy, State, WaitsFor, Worded
from shared.schemas import Answer, Moment


class BoardPromise(Answer):
    """A promise as the board shows it, with the day on which it was first due."""

    commitment_id: UUID = Field(validation_alias="id")
    people_will_notice: str
    due_on: date
    original_due_on: date
    slips: int
    kept_at: Moment | None


class BoardVerdicts(Answer):
    """People's verdicts on one loop."""

    n: ShownCount
    witnessed: ShownCount = Field(description="How many are witnessed. Only these can confirm a loop.")
    not_witnessed: ShownCount
    changed: ShownCount = Field(description="How many were changed after they were given.")
    message: str
    did_it_happen: dict[str, ShownCount] | None = Field(
        description="What witnessed verdicts say. In public null below 5."
    )
    others: dict[str, ShownCount] | None = Field(description="What verdicts that are not witnessed say.")


class BoardLoop(Answer):
    """One loop: said, decided, promised, done, told, and people's verdicts."""

    loop_id: UUID
    path: str
    demonstration: bool = Field(description="Whether it is a demonstration, not a real body's act.")
    name: str | None = Field(description="The name of the body that it is about, or of its footprint.")
    title: str | None = Field(description="Null until a person has checked that it names nobody.")
    you_said: str | None
    wording: Worded = Field(
        description="Whether title and summary are those of who raised it, perhaps with cuts (`[…]`)."
    )
    said: ShownCount = Field(description="How many pieces of feedback it answers.")
    state: State
    organisation_id: UUID | None
    footprint_id: UUID | None
    opened_at: Moment | None
    decided: DecisionOut | None
    promised: list[BoardPromise]
    done_at: Moment | None = Field(description="When a change was first verified.")
    judged_by: JudgedBy | None = Field(description="Who verified it: others, or the body itself.")
    told: ShownCount = Field(
        description="How many people had the outcome delivered to them; held back until the loop has closed."
    )
    verdicts: BoardVerdicts
    closed_as: ClosedAs | None
    statement: str | None = Field(description="What the body itself says.")
    halted_at: Moment | None
    halted_by: HaltedBy | None = Field(description="Who sent the feedback that became a complaint.")
    halts: int = Field(description="How often it was halted.")
    texts_hidden_at: Moment | None = Field(description="Since when all that people wrote in it is hidden.")
    waits_for: WaitsFor | None = Field(description="Who may look at its hidden words now.")
    others_may_act_from: Moment | None
    inherited_from: UUID | None
    heir_uncertain: bool
    owner_to_be_named: bool
    updated_at: Moment


class BoardNumbers(Answer):
    """All loops that count, in numbers."""

    loops: int
    said: ShownCount
    decided: dict[str, int] = Field(description="How many loops were decided, by answer.")
    promised: int
    done: int = Field(description="How many promises were kept.")
    judged: dict[str, int] = Field(description="In how many loops each accepted the evidence.")
    halted: dict[str, int] = Field(description="How many loops are halted now, by whose sending.")
    people_until: date = Field(
        description="In public, `told` and `verdicts` count loops closed by this day, the last of a quarter."
    )
    told: ToldOut
    verdicts: VerdictCounts


class BoardOut(Answer):
    """What people said to a body, and what it did about it."""

    name: str | None = Field(description="Whose board it is; null for the board of all.")
    footprint_id: UUID | None
    organisation_id: UUID | None
    demonstration: bool = Field(description="Whether it is the board of an invented body.")
    demonstrations: int = Field(
        description="How many listed loops are demonstrations, which no number counts."
    )
    numbers: BoardNumbers
    items: list[BoardLoop]
    next: str | None
