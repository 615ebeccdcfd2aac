"""Shapes of loops."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, Field

from services.loop.commitments.schemas import CommitmentOut
from services.loop.decisions.schemas import DecisionOut
from services.loop.evidence.schemas import EvidenceOut
from shared.events.loop import ClosedAs, DecisionAnswer, State
from shared.schemas import Answer, BodyRef, Line, Moment, Prose, Schema

Agreed = Literal["yes", "no", "not_asked"]
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
    you_said_agreed: Agreed = Field("not_asked", description="Whether contributors agreed the summary.")
    demonstration: bool = Field(False, description="Whether this is only to show how it works.")


class Wording(Schema):
    """That a person has read the words of a loop, and what they changed so that nobody is recognised."""

    moderated: bool = Field(
        False, description="Whether a person read title and summary before they are public."
    )
    title: Line | None = Field(None, description="Another title, if the first tells who somebody is.")
    you_said: Prose | None = Field(None, description="Another summary, if the first tells who somebody is.")


class Acknowledgement(Wording):
    """That the body has heard, and that those who said it are told so. It opens a draft as well."""

    preview_id: str | None = Field(
        None, max_length=64, description="The `preview_id` of the preview of tellings that you have seen."
    )


class Statement(Schema):
    """The one statement that the body may attach."""

    statement: Prose = Field(description="What the body wants to say about this loop.")


class LoopOut(Answer):
    """A loop, as those may see it who may see it."""

    id: UUID
    version: int
    state: State
    title: str | None = Field(description="Null in public until a person has made sure that it names nobody.")
    you_said: str | None = Field(description="Null in public as long as the title is.")
    you_said_agreed: Agreed
    feedback_ids: list[UUID] = Field(description="In public only feedback that is published.")
    organisation_id: UUID | None
    footprint_id: UUID | None
    raised_by: Raiser
    demonstration: bool
    answer: DecisionAnswer | None
    closed_as: ClosedAs | None
    slips: int
    statement: str | None
    drafted_at: Moment
    opened_at: Moment | None
    acknowledged_at: Moment | None
    decided_at: Moment | None
    told_at: Moment | None
    closed_at: Moment | None
    inherited_from: UUID | None
    inherited_at: Moment | None
    heir_uncertain: bool
    owner_to_be_named: bool
    head: str = Field(
        validation_alias="history_head", description="The hash of the newest entry of its history."
    )
    length: int = Field(validation_alias="history_length", description="How many entries its history has.")


class LoopShown(LoopOut):
    """A loop with all that happened to it."""

    decisions: list[DecisionOut] = Field([])
    commitments: list[CommitmentOut] = Field([])
    evidence: list[EvidenceOut] = Field([], description="Evidence that it was done before.")
    made_id: UUID | None = Field(None, description="The id of what this request made.")


class Missing(Answer):
    """Something that a step still takes."""

    pointer: str | None = Field(description="The field of the request, where it is one.")
    code: str = Field(description="The code of the problem that its lack would be.")
    detail: str
    before: bool = Field(description="Whether it has to happen before: no field of the request can mend it.")


class NextStep(Answer):
    """A step that the state of a loop allows."""

    step: str
    path: str = Field(description="Where to send it, by POST, with `If-Match` and `Doorway-Actor`.")
    whose: Literal["body", "owner", "body_or_owner", "verifier"] = Field(description="Who may take it.")
    yours: bool = Field(description="Whether your client may take it.")
    due_on: date | None = Field(description="The day by which it is due.")
    missing: list[Missing] = Field(description="All that it takes.")
    example: dict[str, Any] = Field(description="A request that passes, once what comes before is there.")


class NextSteps(Answer):
    """What may be done with a loop now."""

    loop_id: UUID
    state: State
    version: int
    steps: list[NextStep]


@dataclass(frozen=True, slots=True)
class LoopFilter:
    """Which loops a list holds."""

    footprint: Annotated[BodyRef | None, Query(description="Only loops about this footprint.")] = None
    organisation: Annotated[BodyRef | None, Query(description="Only loops that this body is to answer.")] = (
        None
    )
    state: Annotated[State | None, Query(description="Only loops in this state.")] = None
    inherited: Annotated[
        bool | None, Query(description="Only loops of bodies that are no more; or none.")
    ] = None
