"""What feedback tells: by id, never a word of what anybody wrote."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.events.base import Audience, Event
from shared.schemas import Moment

State = Literal["received", "published", "withheld", "withdrawn", "erased"]
# Word is held while sending is switched off, or allowed to a list only.
HeldReason = Literal["sending_is_held", "not_on_allow_list"]
FailedReason = Literal[
    "not_permitted", "suppressed", "channel_not_available", "format_not_available", "language_not_available",
    "address_refused", "tries_exhausted", "unreadable",
]  # fmt: skip


class FeedbackState(Event):
    """The state of a piece of feedback."""

    audience: ClassVar[Audience] = "organisation"
    aggregate: ClassVar[str] = "feedback_id"
    kept_inside: ClassVar[frozenset[str]] = frozenset({"reply_ref", "reachable"})

    feedback_id: UUID
    kind: str
    state: State
    previous_state: State | None = None
    footprint_id: UUID | None = None
    source_id: UUID | None = None
    reply_ref: str
    urgent: bool = False
    reachable: bool = Field(False, description="Whether who said it may be told and left an address.")
    revision: int = 1
    received_at: Moment
    read_at: Moment | None = None


class FeedbackReceived(FeedbackState):
    """Somebody said something about a body or a footprint."""

    type: ClassVar[str] = "feedback.received.v1"


class FeedbackRead(FeedbackState):
    """A person read what was said."""

    type: ClassVar[str] = "feedback.read.v1"


class FeedbackThemed(FeedbackState):
    """A person said which themes it is about."""

    type: ClassVar[str] = "feedback.themed.v1"


class FeedbackPublished(FeedbackState):
    """A moderator published it."""

    type: ClassVar[str] = "feedback.published.v1"


class FeedbackWithheld(FeedbackState):
    """A moderator decided not to publish it."""

    type: ClassVar[str] = "feedback.withheld.v1"


class FeedbackRevised(FeedbackState):
    """Its source sent other content under the same id; the earlier one is kept."""

    type: ClassVar[str] = "feedback.revised.v1"


class FeedbackWithdrawn(FeedbackState):
    """Who said it took it back."""

    type: ClassVar[str] = "feedback.withdrawn.v1"


class FeedbackErased(FeedbackState):
    """Everything personal about it is gone; the fact that it was stays."""

    type: ClassVar[str] = "feedback.erased.v1"


class FeedbackUrgent(FeedbackState):
    """It may be about danger to life, safeguarding or patient safety: a person has to look."""

    type: ClassVar[str] = "feedback.urgent.v1"


class FeedbackUnsubscribed(FeedbackState):
    """Who said it does not want to be told anything more."""

    type: ClassVar[str] = "feedback.unsubscribed.v1"
    audience: ClassVar[Audience] = "internal"


class FeedbackRestated(FeedbackState):
    """A piece of feedback as it stands, sent again so that copies of it can be rebuilt."""

    type: ClassVar[str] = "feedback.restated.v1"
    audience: ClassVar[Audience] = "internal"


class SourcePayloadQuarantined(Event):
    """A payload of a source could not be mapped and waits for the mapping to be mended."""

    type: ClassVar[str] = "feedback.source_payload_quarantined.v1"
    audience: ClassVar[Audience] = "organisation"
    aggregate: ClassVar[str] = "received_id"

    source_id: UUID
    received_id: UUID
    error_class: str
    field: str | None


class TellingFact(Event):
    """What became of word that was to be sent to one person."""

    audience: ClassVar[Audience] = "internal"
    aggregate: ClassVar[str] = "telling_id"

    telling_id: UUID
    loop_id: UUID
    feedback_id: UUID
    in_format: Literal["email"] | None = Field(None, description="The format in which the person was told.")


class TellingDelivered(TellingFact):
    """Word was delivered to a person in the format that they asked for."""

    type: ClassVar[str] = "feedback.telling_delivered.v1"


class TellingHeld(TellingFact):
    """Word waits: sending is not allowed to this person in this deployment now."""

    type: ClassVar[str] = "feedback.telling_held.v1"

    reason: HeldReason


class TellingFailed(TellingFact):
    """Word did not reach a person, and no more is tried."""

    type: ClassVar[str] = "feedback.telling_failed.v1"

    reason: FailedReason
