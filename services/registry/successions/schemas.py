"""Shapes of successions."""

from typing import Annotated

from pydantic import Field

from services.registry.bodies.schemas import BodyNamed, Day, SaidDay
from services.registry.ledger.acts import Because
from shared.schemas import Answer, BodyRef, Moment, Schema


class NewSuccession(Schema):
    """Which successions to apply."""

    effective_on: SaidDay = Field(description="The first day of the successors, such as 2026-04-01.")
    predecessors: Annotated[list[BodyRef], Field(min_length=1, max_length=100)] | None = Field(
        None, description="Only of these footprints. Left out: of all that were succeeded on that day."
    )
    dry_run: bool = Field(False, description="Show what would move, and change nothing.")
    reason: Because | None = Field(None, description="Why, in one line that everybody may read.")
    source: Because | None = Field(None, description="Where people can check that.")


class SuccessorOut(BodyNamed):
    """A body that takes over, and what goes to it."""

    share: float = Field(description="Of the predecessor's residents.")
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
