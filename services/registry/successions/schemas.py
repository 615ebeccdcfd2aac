"""Shapes of successions."""

from typing import Annotated

from pydantic import Field

from services.registry.bodies.schemas import BodyNamed, Day, SaidDay
from services.registry.ledger.acts import Because
from shared.schemas import Answer, BodyRef, Moment, Schema


class NewSuccession(Schema):
    """Which successions are to be applied."""

    effective_on: SaidDay = Field(description="The first day of the successors, such as 2026-04-01.")
    predecessors: Annotated[list[BodyRef], Field(min_length=1, max_length=100)] | None = Field(
        None, description="Only of these footprints; all that were succeeded on that day when left out."
    )
    dry_run: bool = Field(False, description="Whether to show what would move, and to change nothing.")
    reason: Because | None = Field(None, description="Why, in one line that everybody may read.")
    source: Because | None = Field(None, description="Where that can be checked.")


class Heir(BodyNamed):
    """A successor, and what goes to it."""

    share: float = Field(description="Of the predecessor's residents.")
    organisations: int = Field(description="How many organisations of the predecessor are its own now.")


class SuccessionOut(Answer):
    """What becomes of one predecessor."""

    predecessor: BodyNamed
    successors: list[Heir] = Field(description="The one with the largest share first.")
    heir_uncertain: bool = Field(description="Whether it was split, so that not all of it has one heir.")
    applied_at: Moment | None = Field(description="When it was applied; null while it has not been.")


class SuccessionsOut(Answer):
    """What was applied, or would be."""

    effective_on: Day
    dry_run: bool
    successions: list[SuccessionOut]
