"""What anybody may suggest, what became of it, and how stewards decide."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from services.registry.appointments.schemas import HoldingFacts, Role, Status
from services.registry.bodies.schemas import BodyNamed
from services.registry.contacts.schemas import Channel, ContactFacts, Purpose
from services.registry.contacts.values import address, value_of
from services.registry.ledger.acts import Because
from shared.schemas import Answer, BodyRef, Moment, Schema, one_line

What = Literal["leader", "contact", "name", "healthwatch", "footprint", "other"]
State = Literal["waiting", "accepted", "corrected", "refused", "lapsed"]
Suggested = Annotated[str, StringConstraints(min_length=2, max_length=500), AfterValidator(one_line)]
WebAddress = Annotated[str, StringConstraints(max_length=500), AfterValidator(address)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=1_000)]


class NewSuggestion(Schema):
    """What somebody suggests. Leave out private details: a steward may make it public."""

    what: What = Field(description="What it is about: a leader, a contact, the name, and so on.")
    value: Suggested = Field(
        description="What you suggest: a leader's name, or the address, number or page of a contact."
    )
    role: Role | None = Field(None, description="For a leader: the role, such as `chief executive`.")
    channel: Channel | None = Field(None, description="For a contact: how it reaches the body.")
    purpose: Purpose | None = Field(None, description="For a contact: what it is for.")
    source_url: WebAddress | None = Field(None, description="The web page where a steward can check it.")
    note: Note | None = Field(None, description="What the steward should know. It is never published.")

    @model_validator(mode="after")
    def goes_together(self) -> Self:
        """Refuse fields of one kind with another kind, and a value that does not fit its channel."""
        if self.role and self.what != "leader":
            raise ValueError("only a leader has a role. Leave `role` out")
        if (self.channel or self.purpose) and self.what != "contact":
            raise ValueError("only a contact has a channel and a purpose. Leave them out")
        if self.channel:
            self.value = value_of(self.channel, self.value)
        return self


class SuggestionMade(Answer):
    """A suggestion that waits for a steward."""

    id: UUID
    code: str = Field(
        description="Shows what became of the suggestion. You see it once, and we do not store it."
    )
    state: State
    message: str = Field(description="What happens next.")


class SuggestionCode(Schema):
    """The code of a suggestion."""

    code: Annotated[str, StringConstraints(max_length=40)] = Field(
        description="As you received it, such as `4N06-WRTP-QT88`. Spaces and small letters do not matter."
    )


class SuggestionState(Answer):
    """What a suggestion is about, and what became of it."""

    what: What
    state: State
    made_at: Moment
    decided_at: Moment | None
    reason: str | None = Field(description="The steward's reason.")
    result: str | None = Field(description="Where to read the appointment or contact that came of it.")


class SuggestionOutcome(SuggestionState):
    """What became of a suggestion. It never repeats what it said."""

    message: str


class SuggestionOut(SuggestionState):
    """A suggestion, for stewards."""

    id: UUID
    body: BodyNamed
    value: str | None = Field(description="Null once forgotten: 90 days after a refusal, or when it lapses.")
    role: str | None
    channel: Channel | None
    purpose: Purpose | None
    source_url: str | None
    note: str | None = Field(description="Null without one, 90 days after the decision, or when it lapses.")
    like_others: int = Field(description="How many other waiting suggestions say the same about this body.")
    of_same_sender: int = Field(
        description="How many other waiting suggestions about this body came from the same network, or with "
        "the same key. We forget this after 30 days: then 0."
    )
    sweep_id: UUID | None = Field(description="The sweep that refused it together with others.")
    version: int


class DecidedSuggestion(SuggestionOut):
    """A suggestion after the decision."""

    message: str = Field(description="What was done, and how to undo it.")


class LeaderAccepted(HoldingFacts):
    """How a steward corrects a suggested leader. What is left out stays as suggested."""

    role: Role | None = None
    status: Status | None = Field(None, description="`confirmed` by default.")


class ContactAccepted(ContactFacts):
    """How a steward corrects a suggested contact. What is left out stays as suggested."""

    channel: Channel | None = None
    value: Suggested | None = None
    purpose: Purpose | None = None


class Acceptance(Schema):
    """The acceptance of a suggestion, as it is or corrected."""

    reason: Because = Field(description="Why, in one line that everybody can read. Do not name a patient.")
    source: Because | None = Field(
        None, description="Where readers can check it; by default the `source_url` of the suggestion."
    )
    leader: LeaderAccepted | None = Field(None, description="For `what: leader`.")
    contact: ContactAccepted | None = Field(None, description="For `what: contact`.")


class Refusal(Schema):
    """The refusal of a suggestion."""

    reason: Because = Field(
        description="Why, in one line that anybody with the code can read. Do not repeat the suggestion."
    )


class NewSweep(Schema):
    """Which waiting suggestions to refuse in one step: those to which all given fields apply."""

    same_sender_as: UUID | None = Field(
        None,
        description="The id of a suggestion: those that came from the same network, or with the same key.",
    )
    body: BodyRef | None = Field(None, description="Those about this body.")
    made_from: Moment | None = Field(None, description="Those made at this time or later.")
    made_until: Moment | None = Field(None, description="Those made at this time or earlier.")
    reason: Because = Field(description="Why, in one line that anybody with a code can read.")
    dry_run: bool = Field(False, description="Show how many would be refused, and change nothing.")

    @model_validator(mode="after")
    def chooses(self) -> Self:
        """Refuse a sweep of everything, and times in the wrong order."""
        if not (self.same_sender_as or self.body or self.made_from or self.made_until):
            raise ValueError("say which: give `same_sender_as`, `body`, `made_from` or `made_until`")
        if self.made_from and self.made_until and self.made_until < self.made_from:
            raise ValueError("`made_until` is before `made_from`. Swap them")
        return self


class BodySwept(Answer):
    """How many suggestions about a body a sweep chose."""

    body: BodyNamed
    suggestions: int


class SweepOut(Answer):
    """What a sweep refused, would refuse, or let wait again."""

    id: UUID | None = Field(description="To take it back; null after a dry run, or if nothing was refused.")
    suggestions: int = Field(description="How many suggestions.")
    senders: int = Field(
        description="From how many networks and keys they came; all that we have forgotten count as one."
    )
    bodies: list[BodySwept] = Field(description="About which bodies; most suggestions first.")
    message: str = Field(description="What was done, and how to undo it.")
