"""Shapes of what sources' systems post: attempts, payloads, quarantine and replays."""

from typing import Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.feedback.items.schemas import Outcome
from services.feedback.leaving_out import LeftOutView
from shared.schemas import Answer, Moment, Schema

PostOutcome = Literal["new", "repeat", "revision"]


class HookTaken(Answer):
    """The payload was stored and will be mapped."""

    received_id: UUID
    outcome: PostOutcome = Field(
        "new", description="Whether it is new, a repeat, or other content under the id of an earlier message."
    )
    repeat_of: UUID | None = Field(None, description="The `received_id` of what it repeats.")
    files_left_out: list[str] = Field(
        [], description="The fields of a multipart form that held files: these are not kept."
    )


class HookReady(Answer):
    """The address belongs to a source."""

    status: Literal["ready"] = "ready"


class AttemptView(Answer):
    """One payload that was posted to a source, and why it was refused if it was."""

    at: Moment
    outcome: Literal["taken", "refused"]
    status: int
    code: str | None = None
    detail: str | None = None
    received_id: UUID | None = None
    repeats: int = Field(0, description="How often the same message was sent again.")
    repeat_of: UUID | None = Field(
        None, description="The first payload with the same content, if it is a retry."
    )
    unrecorded_before: int = Field(0, description="Refusals just before this one that were only counted.")


class AttemptsView(Answer):
    """The last 50 attempts, newest first."""

    items: list[AttemptView]


class ClosedSource(Answer):
    """A source that was closed for good."""

    id: UUID
    state: Literal["closed"]
    discarded: int = Field(description="How many payloads that waited were discarded.")


class QuarantinedView(Answer):
    """An answer that could not be mapped."""

    id: UUID
    received_id: UUID
    position: int = Field(description="The answer's place in the payload, from 0.")
    error_class: str
    field: str | None
    hint: str | None = Field(description="What to switch on at the sender, if it only announces answers.")
    mapping_version: int | None
    at: Moment


class FeedbackOfPayload(Answer):
    """The feedback that one answer became."""

    position: int
    feedback_id: UUID
    reply_code: str | None = Field(description="For the person. The first answer has it, later ones do not.")
    left_out: list[LeftOutView] = Field(description="Fields that could not be read; the words came in.")
    outcome: Outcome = Field(
        description="Whether this answer was new, a repeat, a revision of earlier words, or itself `earlier` "
        "than the words that stand: then it is kept among the revisions."
    )


class FaultOfPayload(Answer):
    """Why one answer could not be mapped."""

    position: int
    error_class: str
    field: str | None


class ReceivedView(Answer):
    """What happened to a payload."""

    id: UUID
    source_id: UUID
    message_id: str | None = Field(
        description="The sender's own id; null once the raw bytes are deleted, or an answer was erased."
    )
    state: Literal["received", "mapped", "quarantined"]
    received_at: Moment
    mapped_at: Moment | None
    repeats: int
    repeat_of: UUID | None
    revision: int
    feedback: list[FeedbackOfPayload]
    quarantined: list[FaultOfPayload]


class Replay(Schema):
    """The payloads in quarantine to map again: these, or all."""

    received_ids: list[UUID] | None = Field(None, min_length=1, max_length=200)
    all: bool = False
    dry_run: bool = Field(
        False,
        description="Only say what would happen to the first 200, or to fewer where that is much work.",
    )

    @model_validator(mode="after")
    def names_what(self) -> Self:
        """Refuse both ways together, and neither."""
        if (self.received_ids is not None) == self.all:
            raise ValueError("give either received_ids or all: true")
        return self


class ReplayResult(Answer):
    """What would happen to one answer."""

    received_id: UUID
    position: int
    outcome: Literal["mapped", "quarantined"]
    error_class: str | None = None
    field: str | None = None


class ReplaySummary(Answer):
    """How many payloads are mapped again; for a dry run, what would happen to each."""

    replayed: int
    dry_run: bool
    results: list[ReplayResult]
