"""The events of feedback: ids and facts, never anybody's words."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.events.base import Audience, AuditedEvent, Event
from shared.schemas import Moment

State = Literal["received", "published", "withheld", "withdrawn", "erased"]
# Who withdrew or erased feedback: its contributor, the organisation that sent it, a body that it is about, or
# the operator of Doorway; or a rule, once its source keeps it no longer.
EndedBy = Literal["person", "sender", "body", "operator", "rule"]
HandlingAction = Literal[
    "feedback_read",
    "feedback_labelled",
    "suggestion_refused",
    "feedback_published",
    "feedback_withheld",
    "feedback_marked_urgent",
    "feedback_forwarded",
    "feedback_withdrawn",
    "feedback_erased",
    "original_read",
]
SourceAction = Literal[
    "source_registered",
    "source_changed",
    "source_paused",
    "source_made_live",
    "source_secret_changed",
    "source_mapping_added",
    "source_payloads_replayed",
    "source_payloads_discarded",
    "source_payload_read",
    "source_mapping_previewed",
    "source_closed",
    "reply_codes_issued",
    "reply_codes_shown",
]
RuleAction = Literal["publishing_rule_made", "publishing_rule_ended"]
# A telling is held while sending is off, or allowed only to a list.
HeldReason = Literal["sending_is_held", "not_on_allow_list"]
FailedReason = Literal[
    "not_permitted",
    "suppressed",
    "channel_not_available",
    "format_not_available",
    "language_not_available",
    "address_refused",
    "mail_refused",
    "tries_exhausted",
    "unreadable",
]

# Whether a contributor can be told: mail goes to them, or waits for release, or does not reach them.
ReachState = Literal["reachable", "held", "unreachable"]


class FeedbackState(Event):
    """The state of a piece of feedback."""

    audience: ClassVar[Audience] = "organisation"
    aggregate: ClassVar[str] = "feedback_id"
    kept_inside: ClassVar[frozenset[str]] = frozenset({"reply_ref", "reachable", "sender_id"})

    feedback_id: UUID
    kind: str
    state: State
    previous_state: State | None = None
    footprint_id: UUID | None = None
    source_id: UUID | None = None
    sender_id: UUID | None = Field(None, description="The organisation that sent it.")
    reply_ref: str
    urgent: bool = False
    demonstration: bool = Field(False, description="Whether it is about invented organisations alone.")
    reachable: bool = Field(False, description="Whether the contributor may be told and left an address.")
    revision: int = 1
    received_at: Moment
    read_at: Moment | None = None
    withdrawn_by: EndedBy | None = Field(None, description="Who withdrew it.")
    withdrawn_by_id: UUID | None = Field(
        None, description="Their organisation; null for contributor and rule."
    )
    erased_by: EndedBy | None = Field(None, description="Who erased it.")
    erased_by_id: UUID | None = Field(None, description="Their organisation; null for contributor and rule.")


class FeedbackReceived(FeedbackState):
    """Somebody gave feedback about a body or a footprint."""

    type: ClassVar[str] = "feedback.received.v1"


class FeedbackRead(FeedbackState):
    """A person read the feedback."""

    type: ClassVar[str] = "feedback.read.v1"


class FeedbackThemed(FeedbackState):
    """A person chose the themes of the feedback."""

    type: ClassVar[str] = "feedback.themed.v1"


class FeedbackPublished(FeedbackState):
    """A moderator published the feedback."""

    type: ClassVar[str] = "feedback.published.v1"


class FeedbackWithheld(FeedbackState):
    """A moderator decided not to publish the feedback."""

    type: ClassVar[str] = "feedback.withheld.v1"


class FeedbackForwarded(FeedbackState):
    """A person forwarded a complaint, as its complainant agreed, to the body that takes it."""

    type: ClassVar[str] = "feedback.forwarded.v1"

    forwarded_to_id: UUID = Field(description="The body that takes it as a formal complaint.")
    acknowledge_by: date = Field(description="The last day on which that body must acknowledge it.")


class FeedbackRevised(FeedbackState):
    """The source sent other content under the same id; the earlier content is kept."""

    type: ClassVar[str] = "feedback.revised.v1"


class FeedbackMoved(FeedbackState):
    """The source sent other content, which is no longer about these bodies: delete what you have of it."""

    type: ClassVar[str] = "feedback.moved.v1"


class FeedbackWithdrawn(FeedbackState):
    """The feedback was withdrawn, by its contributor or by the organisation that sent it."""

    type: ClassVar[str] = "feedback.withdrawn.v1"


class FeedbackErased(FeedbackState):
    """Everything personal about the feedback was erased; the fact that there was feedback stays."""

    type: ClassVar[str] = "feedback.erased.v1"


class FeedbackUrgent(FeedbackState):
    """The feedback may be about danger to life, safeguarding or patient safety: a person must look at it."""

    type: ClassVar[str] = "feedback.urgent.v1"


class FeedbackHandled(AuditedEvent):
    """Somebody read, moderated, withdrew or erased feedback: what the audit holds."""

    type: ClassVar[str] = "feedback.handled.v1"

    action: HandlingAction


class SourceManaged(AuditedEvent):
    """Somebody set up or changed a source, mapped its payloads again, or issued or saw its reply codes."""

    type: ClassVar[str] = "feedback.source_managed.v1"

    action: SourceAction


class RuleManaged(AuditedEvent):
    """Somebody made or ended a rule by which a body publishes."""

    type: ClassVar[str] = "feedback.rule_managed.v1"

    action: RuleAction


class TellingsReleased(AuditedEvent):
    """The operator released the mail that was held."""

    type: ClassVar[str] = "feedback.tellings_released.v1"

    action: Literal["tellings_released"] = "tellings_released"


class FeedbackRestated(FeedbackState):
    """The present state of a piece of feedback, published again so that copies of it can be rebuilt."""

    type: ClassVar[str] = "feedback.restated.v1"
    audience: ClassVar[Audience] = "internal"


class ReachAssessed(Event):
    """Whether mail reaches the contributor of a piece of feedback was assessed, with another result."""

    type: ClassVar[str] = "feedback.reach_assessed.v1"
    audience: ClassVar[Audience] = "internal"
    aggregate: ClassVar[str] = "reach_id"

    reach_id: UUID
    feedback_id: UUID
    reach: ReachState
    reason: HeldReason | FailedReason | None = Field(None, description="Why it is held, or unreachable.")
    mailed_ref: str | None = Field(None, description="By which the code is found that only mail carries.")


class SourcePayloadQuarantined(Event):
    """A payload of a source could not be mapped and waits until the mapping is corrected."""

    type: ClassVar[str] = "feedback.source_payload_quarantined.v1"
    audience: ClassVar[Audience] = "organisation"
    aggregate: ClassVar[str] = "received_id"

    source_id: UUID
    received_id: UUID
    error_class: str
    field: str | None


class SourceFellSilent(Event):
    """A source has sent nothing for longer than is usual for it. It is told of once, until it posts again."""

    type: ClassVar[str] = "feedback.source_fell_silent.v1"
    audience: ClassVar[Audience] = "organisation"
    aggregate: ClassVar[str] = "silence_id"

    silence_id: UUID
    source_id: UUID
    silent_since: Moment = Field(description="Its last post, or when it went live.")
    silent_after_hours: int = Field(description="After how long without a post it counts as silent.")


class TellingFact(Event):
    """The result of a telling to one contributor."""

    audience: ClassVar[Audience] = "internal"
    aggregate: ClassVar[str] = "telling_id"

    telling_id: UUID
    loop_id: UUID
    feedback_id: UUID
    in_format: Literal["email"] | None = Field(None, description="The format in which the person was told.")


class TellingDelivered(TellingFact):
    """A telling was delivered to a contributor in the format that they asked for."""

    type: ClassVar[str] = "feedback.telling_delivered.v1"

    own_address: bool = Field(
        False,
        description="Whether nobody else whom the loop answers has this address, and it is no public body's.",
    )
    mailed_ref: str | None = Field(None, description="By which the code that the mail carried is found.")


class TellingHeld(TellingFact):
    """A telling waits: this deployment may not send to this contributor now."""

    type: ClassVar[str] = "feedback.telling_held.v1"

    reason: HeldReason


class TellingFailed(TellingFact):
    """A telling did not reach a contributor, and there will be no more tries."""

    type: ClassVar[str] = "feedback.telling_failed.v1"

    reason: FailedReason
