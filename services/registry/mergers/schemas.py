"""Shapes of declared mergers, and of applying their successions."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field, PrivateAttr, StringConstraints

from services.registry.bodies.schemas import BodyNamed, Codes, Day, SaidDay
from services.registry.ledger.acts import Because, Reasoned
from shared.schemas import Answer, BodyRef, Line, Moment, Schema

GivenCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{1,12}$", to_upper=True)]
Kind = Literal["succeeded_by", "area_passed_to"]
# The kind of the links of a body that closes.
CLOSING: Final = "succeeded_by"
State = Literal["declared", "in_force", "withdrawn"]
StateInQuery = Annotated[State | None, Query(description="Only mergers that are in this state on the day.")]


class NewBody(Schema):
    """A board that opens with a merger."""

    id: UUID | None = Field(
        None,
        description="In a correction: which body this was. Left out, it is the one with the same ODS code.",
    )
    name: Line
    ods: GivenCode
    ons: GivenCode | None = None
    region: Line | None = Field(
        None, description="Such as `South East`. Left out, it is that of its predecessors, if they share one."
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
        None, description="Where the share comes from. Left out, it is the source of the merger."
    )


class NewMerger(Reasoned):
    """Mergers and splits of one day."""

    effective_on: SaidDay = Field(description="The first day of the successors, such as 2027-04-01.")
    because_late: Because | None = Field(
        None, description="Why you declare it on its day or later. Then nobody can withdraw it."
    )
    dry_run: bool = Field(False, description="Show what would happen, and change nothing.")
    successors: list[NewBody] = Field(default_factory=list, max_length=50)
    links: list[NewLink] = Field(min_length=1, max_length=500)
    # Of a file: which line says what, such as `/links/0` → `/lines/2`.
    _lines: Mapping[str, str] = PrivateAttr(default_factory=dict)

    def from_lines(self, lines: Mapping[str, str]) -> "NewMerger":
        """The same merger, with the lines of the file that mistakes are to name."""
        self._lines = lines
        return self

    @property
    def is_from_file(self) -> bool:
        """Whether it was read from a file, which does not say which successors are new."""
        return bool(self._lines)

    def pointer(self, place: str, field: str = "") -> str:
        """The pointer of a place such as `/links/0`, or of a field of it; the line of a file that says it."""
        return self._lines.get(place) or f"{place}/{field}".rstrip("/")


class BesideFile(BaseModel):
    """What a file of links does not say; it comes in the query."""

    effective_on: SaidDay | None = Field(None, description="With a file: the first day of the successors.")
    reason: Because | None = Field(None, description="With a file: why, in one line.")
    source: Because | None = Field(None, description="With a file: where that can be checked.")
    because_late: Because | None = Field(None, description="With a file: why you declare it only now.")
    dry_run: bool | None = Field(None, description="With a file: show what would happen, and change nothing.")


class LinkedBody(Answer):
    """A body on one side of a link, with its name and codes when the merger was declared."""

    id: UUID | None = Field(description="Null in a dry run for a body that would be new.")
    name: str
    kind: str
    codes: Codes


class OpeningBody(LinkedBody):
    """A body that opens with a merger."""

    region: str | None
    residents: int | None = Field(description="The sum of what passes to it; null if that is not known.")


class LinkOut(Answer):
    """What passes from one body to another."""

    predecessor: LinkedBody
    successor: LinkedBody
    share: float
    kind: Kind
    source: str


class Mistake(Answer):
    """Something that must be corrected before a merger can be declared."""

    code: str
    pointer: str = Field(description="The field, or the line of a file: `/links/2/share`, `/lines/3`.")
    detail: str


class Declared(Answer):
    """What is to become of which bodies."""

    effective_on: date
    reason: str
    source: str
    opened: list[OpeningBody]
    links: list[LinkOut]


class EarlierDeclaration(Declared):
    """What a merger said until somebody corrected it."""

    until: Moment


class Declaration(Declared):
    """What is to become of which bodies, with what that means for others."""

    edition: str = Field(description="The edition of the boundaries that starts with it, such as `ICB2027`.")
    closes: list[LinkedBody] = Field(description="The predecessors that close the day before.")
    organisations: int = Field(description="How many organisations belonged to those that close.")
    loop_owners: int = Field(
        description="How many of those that close own loops. `POST /v1/successions`, on the day or later,"
        " moves these loops to the successors."
    )


class MergerSummary(Declaration):
    """A declared merger, in short."""

    id: UUID | None
    version: int
    state: State
    declared_at: Moment | None
    withdrawn_at: Moment | None


class MergerOut(MergerSummary):
    """A declared merger, or what one would do."""

    dry_run: bool = False
    to_be_assigned: list[BodyNamed] = Field(
        description="Organisations of bodies that are split: no steward has said yet where they belong."
    )
    problems: list[Mistake] = Field(default_factory=list, description="What you must correct first.")
    earlier: list[EarlierDeclaration] = Field(
        description="What it said before each correction, oldest first."
    )


class NewSuccession(Schema):
    """Which successions to apply."""

    effective_on: SaidDay = Field(description="The first day of the successors, such as 2026-04-01.")
    predecessors: Annotated[list[BodyRef], Field(min_length=1, max_length=100)] | None = Field(
        None,
        description="Only of these footprints and organisations. Left out: of all footprints that were"
        " succeeded on that day; organisations are always named.",
    )
    dry_run: bool = Field(False, description="Show what would move, and change nothing.")
    undo: bool = Field(
        False,
        description="Take back what was applied by mistake: name the predecessors, reason and source.",
    )
    reason: Because | None = Field(None, description="Why, in one line that everybody may read.")
    source: Because | None = Field(None, description="Where people can check that.")


class SuccessorOut(BodyNamed):
    """A body that takes over, and what goes to it."""

    share: float | None = Field(description="Of the predecessor's residents; null where it is not known.")
    organisations: int = Field(description="How many organisations of the predecessor it has now.")


class SuccessionOut(Answer):
    """What becomes of one predecessor."""

    predecessor: BodyNamed
    successors: list[SuccessorOut] = Field(description="The one with the largest share first.")
    heir_uncertain: bool = Field(
        description="Whether several bodies take over, so that not everything has one heir."
    )
    applied_at: Moment | None = Field(description="When it was applied; null until then.")


class SuccessionsOut(Answer):
    """What was applied, or would be."""

    effective_on: Day
    dry_run: bool
    successions: list[SuccessionOut]


JSON_OR_CSV: dict[str, object] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/NewMerger"}},
            "text/csv": {"schema": {"type": "string", "description": "The columns of the shipped file."}},
        },
    }
}
