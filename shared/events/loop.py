"""The events of loops: you said, we did. They carry ids and facts, never words that people wrote."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.events.base import Audience, Event
from shared.schemas import Moment

State = Literal[
    "draft",
    "open",
    "acknowledged",
    "considering",
    "decided",
    "committed",
    "in_progress",
    "change_claimed",
    "evidence_check",
    "telling",
    "verdict_open",
    "closed",
    "contested",
]
DecisionAnswer = Literal["will_do", "will_do_part", "will_explore", "cannot", "will_not", "already_done"]
TellingKind = Literal["acknowledged", "decided", "declined", "changed", "verdict_asked", "verdict_reminder"]
JudgedBy = Literal["another_organisation", "the_body_itself"]
# By whose sending a loop was halted.
HaltedBy = Literal["another_organisation", "the_body_itself"]
WaitsFor = Literal["the_body", "the_body_or_others"]
Worded = Literal["as_raised", "cut", "changed_by_the_body", "changed_by_others"]
ClosedAs = Literal["confirmed", "unconfirmed", "disputed", "declined"]


class LoopFact(Event):
    """Something that happened to a loop, with the head of its history."""

    audience: ClassVar[Audience] = "public"
    aggregate: ClassVar[str] = "loop_id"

    loop_id: UUID
    state: State
    previous_state: State | None = None
    organisation_id: UUID | None
    footprint_id: UUID | None
    demonstration: bool = Field(False, description="Whether it is a demonstration and not a real body's act.")
    answer: DecisionAnswer | None = None
    closed_as: ClosedAs | None = None
    judged_by: JudgedBy | None = Field(None, description="Who accepted the evidence that something changed.")
    head: str = Field("", description="The hash of the newest entry of its history.")
    length: int = Field(0, description="How many entries its history has.")


class LoopState(LoopFact):
    """A step of a loop, with the feedback that it answers."""

    kept_inside: ClassVar[frozenset[str]] = frozenset({"feedback_ids"})

    feedback_ids: tuple[UUID, ...] = ()


class LoopDrafted(LoopState):
    """A loop was drafted from feedback. Only its body and its contributors can see it."""

    type: ClassVar[str] = "loop.drafted.v1"
    audience: ClassVar[Audience] = "internal"


class LoopRestated(LoopState):
    """The present state of a loop, published so that copies can be rebuilt or because a draft changed."""

    type: ClassVar[str] = "loop.restated.v1"
    audience: ClassVar[Audience] = "internal"


class LoopOpened(LoopState):
    """A loop became public."""

    type: ClassVar[str] = "loop.opened.v1"


class LoopModerated(LoopState):
    """A person checked that nobody can be recognised from a public loop's words."""

    type: ClassVar[str] = "loop.moderated.v1"


class LoopHalted(LoopState):
    """Feedback in the loop became a complaint. The loop waits for a person, and its words are hidden."""

    type: ClassVar[str] = "loop.halted.v1"

    halted_by: HaltedBy | None = Field(
        None, description="Who sent the feedback that became a complaint; null if nobody knows."
    )


class LoopResumed(LoopState):
    """A person set the complaint aside and read the words: the loop goes on."""

    type: ClassVar[str] = "loop.resumed.v1"


class LoopWordsHidden(LoopState):
    """Somebody took back what they said: all texts of the loop are hidden until a person has looked.

    Its title and summary are also hidden if something that left the draft became a complaint.
    """

    type: ClassVar[str] = "loop.words_hidden.v1"


class LoopAcknowledged(LoopState):
    """The body acknowledged what people said, and asked Doorway to tell them."""

    type: ClassVar[str] = "loop.acknowledged.v1"


class LoopConsidered(LoopState):
    """The body began to consider what to do."""

    type: ClassVar[str] = "loop.considered.v1"


class LoopDecided(LoopState):
    """The body decided."""

    type: ClassVar[str] = "loop.decided.v1"

    decision_id: UUID
    decided_on: date
    revisit_on: date | None = None


class LoopPromise(LoopState):
    """Something that happened to a commitment."""

    commitment_id: UUID
    owner_organisation_id: UUID
    due_on: date
    original_due_on: date
    slips: int = Field(0, description="How often its due date passed or was moved to a later one.")


class LoopCommitmentMade(LoopPromise):
    """The body promised what people will notice, and by when."""

    type: ClassVar[str] = "loop.commitment_made.v1"


class LoopCommitmentAccepted(LoopPromise):
    """The team that owns a commitment accepted it."""

    type: ClassVar[str] = "loop.commitment_accepted.v1"


class LoopCommitmentSlipped(LoopPromise):
    """A commitment's due date passed, or was moved to a later one."""

    type: ClassVar[str] = "loop.commitment_slipped.v1"


class LoopCommitmentRevised(LoopPromise):
    """A commitment got another owner or an earlier due date."""

    type: ClassVar[str] = "loop.commitment_revised.v1"


class LoopChangeClaimed(LoopPromise):
    """The owner of a commitment claimed that the change has been made."""

    type: ClassVar[str] = "loop.change_claimed.v1"


class LoopEvidenceFact(LoopState):
    """Something that happened to a piece of evidence."""

    evidence_id: UUID
    commitment_id: UUID | None


class LoopEvidenceGiven(LoopEvidenceFact):
    """Somebody gave evidence of a change."""

    type: ClassVar[str] = "loop.evidence_given.v1"


class LoopEvidenceAccepted(LoopEvidenceFact):
    """Somebody with no part in it found that the evidence shows the change."""

    type: ClassVar[str] = "loop.evidence_accepted.v1"


class LoopEvidenceRejected(LoopEvidenceFact):
    """Somebody with no part in it found that the evidence does not show the change."""

    type: ClassVar[str] = "loop.evidence_rejected.v1"


class LoopStated(LoopState):
    """The body attached its statement."""

    type: ClassVar[str] = "loop.stated.v1"


class LoopTextsErased(LoopState):
    """Somebody took back what they said. Their words were erased, and the loop's history still verifies."""

    type: ClassVar[str] = "loop.texts_erased.v1"


class LoopGroupTold(LoopState):
    """People were told together, where nobody can be told alone."""

    type: ClassVar[str] = "loop.group_told.v1"
    kept_inside: ClassVar[frozenset[str]] = frozenset({"feedback_ids", "people"})

    people: int


class LoopContributorsTold(LoopState):
    """The people who can be told were told. They are asked for their verdicts."""

    type: ClassVar[str] = "loop.contributors_told.v1"
    kept_inside: ClassVar[frozenset[str]] = frozenset({"feedback_ids", "told", "reachable"})

    told: int = Field(description="How many people were told in the format that they asked for.")
    reachable: int = Field(description="How many people can be told: they agreed, and their address works.")


class LoopClosed(LoopState):
    """The verdicts of people closed a loop. Nobody can set this."""

    type: ClassVar[str] = "loop.closed.v1"


class LoopContested(LoopState):
    """The people who were told say that it did not happen. The body must work on it again."""

    type: ClassVar[str] = "loop.contested.v1"


class LoopInherited(LoopState):
    """The loop of a body that closed went to a successor, or back if that was a mistake, as it was."""

    type: ClassVar[str] = "loop.inherited.v1"

    inherited_from: UUID
    heir_uncertain: bool = Field(description="Whether another successor could equally be its heir.")
    effective_on: date


class LoopClockFact(LoopFact):
    """A time limit of a loop."""

    clock: Literal["acknowledge", "read", "look", "decide", "update", "verdict", "revisit"]
    started_at: Moment
    due_at: Moment


class LoopClockDueSoon(LoopClockFact):
    """A time limit of a loop is near."""

    type: ClassVar[str] = "loop.clock_due_soon.v1"


class LoopClockBreached(LoopClockFact):
    """A time limit of a loop was missed."""

    type: ClassVar[str] = "loop.clock_breached.v1"


class LoopTellingRequested(LoopFact):
    """One contributor must be told."""

    type: ClassVar[str] = "loop.telling_requested.v1"
    audience: ClassVar[Audience] = "internal"

    telling_id: UUID
    feedback_id: UUID
    kind: TellingKind
