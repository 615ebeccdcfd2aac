"""Shapes of a loop, and of everything that happened to it, as the API shows them."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.events.loop import ClosedAs, DecisionAnswer, HaltedBy, JudgedBy, State, WaitsFor, Worded
from shared.masking import FieldMasks
from shared.schemas import Answer, Moment

Agreed = Literal["yes", "no", "not_asked"]
Raiser = Literal["body", "group", "individual", "independent"]
EvidenceKind = Literal["minute", "photo", "document", "data", "link", "observation"]


class DecisionOut(Answer):
    """A decision as everybody sees it."""

    id: UUID
    answer: DecisionAnswer
    deciding_role: str
    forum: str
    decided_on: date
    reason: str | None
    constraint: str | None
    would_change: str | None
    revisit_on: date | None
    final_because: str | None
    how_to_object: str | None
    because: str | None
    decided_at: Moment


class VerificationOut(Answer):
    """What somebody made of a piece of evidence."""

    accepted: bool
    judged_by: JudgedBy
    reason: str
    organisation_id: UUID | None
    verified_at: Moment


class EvidenceOut(Answer):
    """A piece of evidence as everybody sees it."""

    id: UUID
    commitment_id: UUID | None
    kind: EvidenceKind
    description: str
    url: str | None
    sha256: str | None
    file_bytes: int | None = Field(description="The size of its file, at `/v1/evidence/{id}/file`.")
    place: str | None = Field(description="Where somebody saw it.")
    observed_on: date
    organisation_id: UUID | None
    given_at: Moment
    verification: VerificationOut | None = None


class RevisionOut(Answer):
    """A change of a commitment as everybody sees it."""

    due_on_before: date
    due_on: date
    reason: str
    because: str | None
    is_slip: bool
    revised_at: Moment


class CommitmentOut(Answer):
    """A commitment as everybody sees it."""

    id: UUID
    owner_organisation_id: UUID
    owner_team: str
    owner_role: str
    people_will_notice: str
    measure: str
    because: str | None
    due_on: date
    original_due_on: date
    slips: int
    made_at: Moment
    accepted_at: Moment | None
    claimed_at: Moment | None
    claimed_because: str | None
    kept_at: Moment | None
    revisions: list[RevisionOut] = Field([])
    evidence: list[EvidenceOut] = Field([])


class LoopOut(Answer):
    """A loop as the caller may see it."""

    id: UUID
    version: int
    state: State
    title: str | None = Field(description="Null in public unless a person has checked that it names nobody.")
    you_said: str | None = Field(description="Null in public as long as the title is.")
    you_said_agreed: Agreed
    wording: Worded = Field(
        description="Whether title and summary are those of who raised it, perhaps with cuts (`[…]`)."
    )
    feedback_ids: list[UUID] = Field(
        description="Without what was set aside; in public, only what is published."
    )
    organisation_id: UUID | None
    footprint_id: UUID | None
    raised_by: Raiser
    asked: list[UUID] = Field(
        validation_alias="bodies_asked",
        description="Bodies that must still agree that this one answers what was said about them.",
    )
    agreed: list[UUID] = Field(description="Bodies that agreed to it.")
    demonstration: bool
    answer: DecisionAnswer | None
    closed_as: ClosedAs | None
    judged_by: JudgedBy | None = Field(
        description="Who accepted that something changed: another organisation, or the body itself."
    )
    slips: int
    statement: str | None
    halted_at: Moment | None = Field(
        description="Since when it waits for a person, because feedback in it became a complaint."
    )
    halted_by: HaltedBy | None = Field(
        description="Who sent the feedback that became a complaint: another organisation, or the body itself."
    )
    halts: int = Field(description="How often it was halted.")
    waits_for: WaitsFor | None = Field(
        description="Who may look at its hidden words now. Others are who raised it, and organisations with "
        "`loop:verify`. Null while nobody needs to look."
    )
    others_may_act_from: Moment | None = Field(
        validation_alias="left_to_others_at", description="From when others may look in the body's place."
    )
    texts_hidden_at: Moment | None = Field(
        description="Since when all that people wrote in it is hidden from the public, because somebody took "
        "back what they said. Null: it is shown."
    )
    resumed_because: str | None = Field(description="Why it went on after it was last halted.")
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
    length: int = Field(
        validation_alias="history_length", description="The number of entries in its history."
    )


class LoopView(LoopOut):
    """A loop with everything that happened to it."""

    decisions: list[DecisionOut] = Field([])
    commitments: list[CommitmentOut] = Field([])
    evidence: list[EvidenceOut] = Field([], description="Evidence that the change was made before.")
    made_id: UUID | None = Field(None, description="The id of what this request made.")
    masked: list[FieldMasks] = Field([], description="What is covered in the request's words, by field.")
