"""Shapes of what sources' systems post: attempts, payloads, quarantine and replays."""

from typing import Literal, Self
from uuid import UUID

from pydantic import Field, JsonValue, model_validator

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
    value: str | None = Field(
        description="What stood there, with personal data masked, cut after 200 characters. Null where "
        "nothing stood there, where it is no single value, and in fields about a person."
    )
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
    state: Literal["received", "mapped", "quarantined", "discarded"] = Field(
        description="`discarded`: it waited for as long as the source keeps feedback, and was deleted."
    )
    received_at: Moment
    mapped_at: Moment | None
    repeats: int
    repeat_of: UUID | None
    revision: int
    feedback: list[FeedbackOfPayload]
    quarantined: list[FaultOfPayload]


class PayloadView(Answer):
    """A payload as it is stored, with what people wrote in it."""

    received_id: UUID
    received_at: Moment
    is_split: bool = Field(
        description="Whether an answer was erased: `payload` is then the list of the answers, with null "
        "in the place of each that is gone."
    )
    payload: JsonValue


class Replay(Schema):
    """The payloads in quarantine to map again: these, all, or those of an error class or since an instant."""

    received_ids: list[UUID] | None = Field(None, min_length=1, max_length=200)
    all: bool = False
    error_class: str | None = Field(
        None,
        max_length=80,
        description="Those with an answer that waits for this reason; their others go too.",
    )
    since: Moment | None = Field(None, description="Those received at or after this instant.")
    dry_run: bool = Field(
        False,
        description="Only say how many there are, and what would happen to the first 200, or to fewer where "
        "that is much work.",
    )

    @model_validator(mode="after")
    def names_what(self) -> Self:
        """Refuse two ways together, and none."""
        is_narrowed = self.error_class is not None or self.since is not None
        if (self.received_ids is not None) + self.all + is_narrowed != 1:
            raise ValueError("give received_ids, or all: true, or error_class, since or both")
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
    payloads: int = Field(description="How many payloads are mapped again, or would be.")
    answers: int = Field(description="How many answers wait in them.")
    tried: int = Field(description="How many answers the dry run tried.")
    would_map: int = Field(description="How many of those tried would become feedback.")
    results: list[ReplayResult]
