"""How relations between bodies are shown, and what makes, ends and corrects one."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Path
from pydantic import Field

from services.registry.bodies.schemas import BodyNamed, SaidDay
from services.registry.ledger.acts import Reasoned
from shared.schemas import Answer, BodyRef, Moment

# What becomes of a footprint is said where mergers are declared.
Written = Literal["member_of", "encloses", "commissions", "operated_by", "succeeded_by", "services_passed_to"]
Kind = Literal[
    "member_of",
    "encloses",
    "commissions",
    "operated_by",
    "succeeded_by",
    "area_passed_to",
    "services_passed_to",
]
Share = Annotated[float, Field(gt=0, le=1)]
RelationId = Annotated[int, Path(ge=1, le=2**31 - 1, description="The id of a relation.")]
Direction = Literal["out", "in"]


class RelationFields(Answer):
    """What a relation says, whichever side it is seen from."""

    id: int
    kind: Kind
    share: float | None = Field(description="Of the first body's residents, where it is known.")
    valid_from: date | None
    valid_to: date | None
    source: str
    note: str | None = Field(description="What its source says besides.")
    recorded_at: Moment
    imported: bool


class RelationOut(RelationFields):
    """What one body is to another."""

    direction: Direction = Field(
        description="`out`: the body asked about is this to the other; `in`: the other is this to it."
    )
    other: BodyNamed


class RelationDetail(RelationFields):
    """A relation with both of its bodies; its `ETag` is that of the first, whose it is."""

    of: BodyNamed
    to: BodyNamed
    superseded_at: Moment | None = Field(description="When it was withdrawn; null while it stands.")
    version: int = Field(description="The version of the body `of`.")


class NewRelation(Reasoned):
    """What a body is to another from a day on."""

    kind: Written = Field(
        description="`succeeded_by` when the body closes the day before, `services_passed_to` when it stays"
        " open; neither for a footprint, whose merger is declared at `/v1/mergers`."
    )
    to: BodyRef
    share: Share | None = Field(None, description="Of its residents, where only a part of it is meant.")
    valid_from: SaidDay


class RelationEnding(Reasoned):
    """That a relation ends."""

    valid_to: SaidDay = Field(description="Its last day; it may be in the future.")


class RelationCorrection(Reasoned):
    """What was said wrongly of a relation; what is left out stays as it is."""

    share: Share | None = None
    valid_from: SaidDay | None = Field(
        None, description="Null: its beginning is not known, nor when the two opened."
    )
    valid_to: SaidDay | None = Field(None, description="Null: it has not ended.")
    withdrawn: Literal[True] | None = Field(None, description="True, alone, if it was never true.")


class TreeNode(Answer):
    """A body in the tree around the one asked about."""

    depth: int = Field(description="0: the one asked about; below it 1, 2, …; above it -1, -2, …")
    parent: UUID = Field(
        description="The body under which it is; above, the one that is under it; 0: its own id."
    )
    relation: Literal["encloses", "member_of", "self"]
    share: float | None
    body: BodyNamed
