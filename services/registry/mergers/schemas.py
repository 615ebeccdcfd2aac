"""Shapes of declared mergers."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field, PrivateAttr, StringConstraints

from services.registry.bodies.schemas import BodyNamed, Codes, SaidDay
from services.registry.ledger.acts import Because, Reasoned
from shared.schemas import Answer, BodyRef, Line, Moment, Schema

CodeGiven = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,12}$", to_upper=True)]
Kind = Literal["succeeded_by", "area_passed_to"]
State = Literal["declared", "in_force", "withdrawn"]
StateAsked = Annotated[State | None, Query(description="Only mergers in this state, on the day asked about.")]


class NewBody(Schema):
    """A board that opens with a merger."""

    id: UUID | None = Field(
        None,
        description="In a correction: the body that this was; the one with the same ODS code without it.",
    )
    name: Line
    ods: CodeGiven
    ons: CodeGiven | None = None
    region: Line | None = Field(
        None, description="Such as `South East`; the region of its predecessors, where they share one."
    )


class NewLink(Schema):
    """What passes from one body to another."""

    predecessor: BodyRef
    successor: BodyRef = Field(
        description="An open footprint, or `ods:…` or `ons:…` of a body that opens with the merger."
    )
    share: float = Field(gt=0, le=1, description="Of the predecessor's residents.")
    kind: Kind = Field(
        "succeeded_by", description="`area_passed_to` when the predecessor stays open with what is left."
    )
    source: Because | None = Field(
        None, description="Where the share comes from; the merger's source without."
    )


class NewMerger(Reasoned):
    """Mergers and splits of one day."""

    effective_on: SaidDay = Field(description="The first day of the successors, such as 2027-04-01.")
    because_late: Because | None = Field(
        None, description="Why it is declared on its day or after it; then it can no longer be withdrawn."
    )
    dry_run: bool = Field(False, description="Whether to show what would happen, and to change nothing.")
    successors: list[NewBody] = Field(default_factory=list, max_length=50)
    links: list[NewLink] = Field(min_length=1, max_length=500)
    # Of a file: the line of each link, and that of each successor.
    _lines: Sequence[int] = PrivateAttr(())
    _lines_of_successors: Sequence[int] = PrivateAttr(())

    def from_lines(self, links: Sequence[int], successors: Sequence[int]) -> "NewMerger":
        """Remember the lines of a file, by which mistakes are named."""
        self._lines, self._lines_of_successors = links, successors
        return self

    @property
    def is_from_file(self) -> bool:
        """Whether it was read from a file, which does not say which successors are new."""
        return bool(self._lines)

    def link_at(self, number: int, name: str = "") -> str:
        """Return the pointer of a link, or of a field of it."""
        if self._lines:
            return f"/lines/{self._lines[number]}"
        return f"/links/{number}" + (f"/{name}" if name else "")

    def successor_at(self, number: int, name: str = "") -> str:
        """Return the pointer of a new body, or of a field of it."""
        if self._lines:
            return f"/lines/{self._lines_of_successors[number]}"
        return f"/successors/{number}" + (f"/{name}" if name else "")


class BesideFile(BaseModel):
    """What a file of links does not say, given beside it."""

    effective_on: SaidDay | None = Field(None, description="With a file: the first day of the successors.")
    reason: Because | None = Field(None, description="With a file: why, in one line.")
    source: Because | None = Field(None, description="With a file: where that can be checked.")
    because_late: Because | None = Field(None, description="With a file: why it is declared only now.")
    dry_run: bool | None = Field(None, description="With a file: whether to show, and to change nothing.")


class Party(Answer):
    """A body on one side of a link, as it was called when that was declared."""

    id: UUID | None = Field(description="Null in a dry run for a body that would be new.")
    name: str
    kind: str
    codes: Codes


class Opened(Party):
    """A body that opens with a merger."""

    region: str | None
    residents: int | None = Field(description="The sum of what passes to it; null where that is not known.")


class LinkOut(Answer):
    """What passes from one body to another."""

    predecessor: Party
    successor: Party
    share: float
    kind: Kind
    source: str


class Mistake(Answer):
    """Something that keeps a merger from being declared."""

    code: str
    pointer: str = Field(description="The field, or the line of a file: `/links/2/share`, `/lines/3`.")
    detail: str


class Declaration(Answer):
    """What was declared, until it was corrected."""

    effective_on: date
    reason: str
    source: str
    opened: list[Opened]
    links: list[LinkOut]
    until: Moment


class MergerSummary(Answer):
    """A declared merger, in short."""

    id: UUID | None
    version: int
    state: State
    effective_on: date
    edition: str = Field(description="The edition of the boundaries that starts with it, such as `ICB2027`.")
    reason: str
    source: str
    opened: list[Opened]
    links: list[LinkOut]
    closes: list[Party] = Field(description="The predecessors that close the day before.")
    organisations: int = Field(description="How many organisations belonged to those that close.")
    loop_owners: int = Field(
        description="How many of those that close are bodies that own loops; these go to the successors when"
        " `POST /v1/successions` is called on the day or after it."
    )
    declared_at: Moment | None
    withdrawn_at: Moment | None


class MergerOut(MergerSummary):
    """A declared merger, or what one would do."""

    dry_run: bool = False
    to_be_assigned: list[BodyNamed] = Field(
        description="Organisations of bodies that are split: nobody has said yet to which part they belong."
    )
    problems: list[Mistake] = Field(default_factory=list, description="What is to be mended first.")
    earlier: list[Declaration] = Field(description="What was declared before it was corrected.")


JSON_OR_CSV: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/NewMerger"}},
            "text/csv": {"schema": {"type": "string", "description": "The columns of the shipped file."}},
        },
    }
}
