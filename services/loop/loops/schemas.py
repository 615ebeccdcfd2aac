"""Shapes of loops."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, Field

from shared.schemas import Answer, BodyRef, Line, Moment, Prose, Schema

LoopState = Literal["draft"]
Raiser = Literal["body", "group", "individual", "independent"]


def named_once(ids: list[UUID]) -> list[UUID]:
    """Refuse a list that names one thing twice."""
    if len(set(ids)) < len(ids):
        raise ValueError("names the same feedback twice")
    return ids


FeedbackIds = Annotated[list[UUID], Field(max_length=200), AfterValidator(named_once)]


class NewLoop(Schema):
    """A loop to be drafted."""

    title: Line = Field(description="What it is about, in one line.")
    you_said: Prose = Field(description="What people said, summed up.")
    feedback_ids: FeedbackIds = Field([], description="The feedback that it answers.")
    organisation: BodyRef | None = Field(
        None, description="The body that is to answer: id, `ods:` or `ons:`."
    )
    footprint: BodyRef | None = Field(None, description="The footprint that it is about.")
    raised_by: Raiser = Field("body", description="Who raises it: the body itself or somebody else.")


class LoopOut(Answer):
    """A loop, as those may see it who may see it."""

    id: UUID
    version: int
    state: LoopState
    title: str
    you_said: str
    feedback_ids: list[UUID]
    organisation_id: UUID | None
    footprint_id: UUID | None
    raised_by: Raiser
    drafted_at: Moment


@dataclass(frozen=True, slots=True)
class LoopFilter:
    """Which loops a list holds."""

    footprint: Annotated[BodyRef | None, Query(description="Only loops about this footprint.")] = None
    organisation: Annotated[BodyRef | None, Query(description="Only loops that this body is to answer.")] = (
        None
    )
    state: Annotated[LoopState | None, Query(description="Only loops in this state.")] = None
