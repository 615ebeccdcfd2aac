"""Shapes of commitments."""

from datetime import date
from uuid import UUID

from pydantic import Field

from services.loop.evidence.schemas import EvidenceOut
from shared.schemas import Answer, BodyRef, Line, Moment, Prose, Schema


class Owner(Schema):
    """Who keeps a commitment: a team, not a person."""

    organisation: BodyRef = Field(description="The organisation: id, `ods:` or `ons:`.")
    team: Line = Field(description="The team, by the name that its key carries.")
    role: Line = Field(description="The role that answers for it, not the name of a person.")


class NewCommitment(Schema):
    """A promise of what people will notice."""

    owner: Owner
    due_on: date = Field(description="The day by which people will notice.")
    people_will_notice: Prose | None = Field(
        None, description="What people will notice: “People will notice that…”."
    )
    measure: Prose = Field(description="By what it can be told whether it has come about.")
    because: Prose | None = Field(None, description="Publicly, why what looks like an activity counts.")


class Revision(Schema):
    """Another due date or owner, and why. The first due date stays on show; every slip is counted."""

    due_on: date | None = Field(None, description="The new due date.")
    owner: Owner | None = Field(None, description="The new owner, whose team has to accept.")
    reason: Prose = Field(description="Why, for everybody to read.")
    because: Prose | None = Field(None, description="Publicly, why a reason found too thin is enough.")


class ChangeClaim(Schema):
    """That the change is there, on the evidence that was given."""

    because: Prose | None = Field(None, description="Publicly, why what looks like an activity counts.")


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
