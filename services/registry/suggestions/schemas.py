"""What anybody may suggest, what becomes of it, and how stewards decide."""

from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, Field, StringConstraints, model_validator

from services.registry.appointments.schemas import HeldDay, Role, SharedWith
from services.registry.appointments.schemas import Status as AppointmentStatus
from services.registry.bodies.schemas import BodyNamed
from services.registry.contacts.schemas import Channel, PastDay, Purpose, Routes
from services.registry.contacts.values import address, value_of
from services.registry.ledger.acts import Because
from shared.schemas import Answer, BodyRef, Line, Moment, Schema, one_line

What = Literal["leader", "contact", "name", "healthwatch", "footprint", "other"]
State = Literal["waiting", "accepted", "corrected", "refused", "lapsed"]
Suggested = Annotated[str, StringConstraints(min_length=2, max_length=500), AfterValidator(one_line)]
WebAddress = Annotated[str, StringConstraints(max_length=500), AfterValidator(address)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]
OfState = Annotated[State | None, Query(description="Only those in this state.")]
OfFootprint = Annotated[BodyRef | None, Query(description="Only those about this footprint.")]


class NewSuggestion(Schema):
    """What somebody suggests; leave out what is private: a steward reads it, and may make it public."""

    what: What = Field(description="What it is about: who leads the body, how to reach it, its name, …")
    value: Suggested = Field(description="What is suggested: a leader's name, or what the channel leads to.")
    role: Role | None = Field(None, description="Of a leader: which role, such as `chief executive`.")
    channel: Channel | None = Field(None, description="Of a contact: how it reaches the body.")
    purpose: Purpose | None = Field(None, description="Of a contact: what it is for.")
    source_url: WebAddress | None = Field(None, description="Where it can be checked.")
    note: Note | None = Field(None, description="What the steward should know; it is never published.")

    @model_validator(mode="after")
    def goes_together(self) -> Self:
        """Refuse fields of one kind with another kind, and a door that its channel cannot have."""
        if self.role and self.what != "leader":
            raise ValueError("only a leader has a role: leave `role` out")
        if (self.channel or self.purpose) and self.what != "contact":
            raise ValueError("only a contact has a channel and a purpose: leave them out")
        if self.channel:
            self.value = value_of(self.channel, self.value)
        return self


class SuggestionMade(Answer):
    """A suggestion that waits for a steward."""

    id: UUID
    code: str = Field(description="With it you see what became of it; it is shown once and stored nowhere.")
    state: State
    message: str = Field(description="What happens next.")


class CodeGiven(Schema):
    """The code of a suggestion."""

    code: Annotated[str, StringConstraints(max_length=40)] = Field(
        description="As it was given, such as `4N06-WRTP-QT88`; spaces and small letters do not matter."
    )


class WhatBecame(Answer):
    """What became of a suggestion; never what it said."""

    what: What
    state: State
    made_at: Moment
    decided_at: Moment | None
    reason: str | None = Field(description="Why it was decided so.")
    result: str | None = Field(description="Where that which came of it is read.")
    message: str


class SuggestionOut(Answer):
    """A suggestion, for stewards."""

    id: UUID
    body: BodyNamed
    what: What
    value: str | None = Field(
        description="Null when it was forgotten: 90 days after a refusal, or as it lapsed."
    )
    role: str | None
    channel: str | None
    purpose: str | None
    source_url: str | None
    note: str | None = Field(
        description="Null when there was none, 90 days after the decision, or as it lapsed."
    )
    state: State
    made_at: Moment
    like_others: int = Field(description="How many others that wait say the same of this body.")
    decided_at: Moment | None
    reason: str | None
    result: str | None
    version: int


class Decided(SuggestionOut):
    """A suggestion after the decision."""

    message: str = Field(description="What was done, and how it is undone.")


class LeaderAccepted(Schema):
    """What a suggested leader is taken up as; what is left out is as it was suggested."""

    role: Role | None = None
    status: AppointmentStatus | None = Field(None, description="`confirmed` by default.")
    holder: Line | None = None
    holder_role: Line | None = None
    holder_organisation: Line | None = None
    shared_with: SharedWith = Field(default_factory=list)
    held_from: HeldDay | None = None
    held_to: HeldDay | None = None
    known_on: PastDay | None = None
    confirmed_on: PastDay | None = None
    ends_present: bool | None = Field(None, description="As with `POST …/appointments`.")


class ContactAccepted(Schema):
    """What a suggested contact is taken up as; what is left out is as it was suggested."""

    channel: Channel | None = None
    value: Suggested | None = None
    purpose: Purpose | None = None
    accessible: Routes = Field(default_factory=list)
    hours: Line | None = None
    is_personal: bool = False
    known_on: PastDay | None = None
    verified_on: PastDay | None = None


class Acceptance(Schema):
    """That a suggestion is taken up, as it is or corrected."""

    reason: Because = Field(description="Why, in one line that everybody may read; name no patient.")
    source: Because | None = Field(
        None, description="Where that can be checked; by default the address that came with the suggestion."
    )
    leader: LeaderAccepted | None = Field(None, description="For `what: leader`.")
    contact: ContactAccepted | None = Field(None, description="For `what: contact`.")


class Refusal(Schema):
    """That a suggestion is not taken up."""

    reason: Because = Field(
        description="Why, in one line: whoever has the code reads it. Do not repeat what was suggested."
    )
