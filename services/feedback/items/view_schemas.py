"""Shapes of what each reader sees of feedback."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field, JsonValue

from services.feedback.bodies.schemas import PlacedBy
from services.feedback.items.schemas import PLACED_BY, FeedbackStateName
from services.feedback.leaving_out import LeftOut, LeftOutView
from services.feedback.loops.schemas import AnsweringLoop
from shared.events.feedback import EndedBy
from shared.masking import FieldMasks
from shared.schemas import Answer, Moment

AgreedHow = Literal["in_writing", "by_phone", "in_person"]


class Forwarding(Answer):
    """Who takes a piece of feedback as a formal complaint, and what its person agreed to."""

    to_id: UUID
    forwarded_at: Moment
    forwarded_by_id: UUID | None = Field(description="The organisation whose person forwarded it.")
    agreed_on: date = Field(description="When the person agreed to who takes it.")
    agreed_how: AgreedHow
    acknowledge_by: date = Field(
        description="The last day to acknowledge it: the third working day after it was forwarded. "
        "Regulation 13(3) of S.I. 2009/309 sets this limit."
    )


class FeedbackView(Answer):
    """A piece of feedback as this caller may see it; personal data is masked."""

    id: UUID
    kind: str
    state: FeedbackStateName
    version: int
    text: str | None
    answers: list[dict[str, JsonValue]]
    language: str
    experienced_on: str | None
    footprint_id: UUID | None
    placed_by: PlacedBy | None = PLACED_BY
    organisation_ids: list[UUID]
    touchpoints: list[str]
    rating: dict[str, JsonValue] | None
    themes: list[dict[str, JsonValue]]
    proxy_by: str | None
    received_at: Moment
    sent_by_body: bool = Field(
        description="Whether a body that it is about sent it in, or one that it became or came from."
    )
    demonstration: bool = Field(description="Whether it is about invented organisations alone.")
    revision: int = Field(description="More than 1 if its sender sent other words later, or earlier ones.")
    # Only for the bodies that it is about and for its sender; null for everyone else.
    permissions: dict[str, str] | None = None
    urgent: bool | None = None
    external_id: str | None = None
    source_id: UUID | None = None
    read_at: Moment | None = None
    moderated_at: Moment | None = None
    moderated_by_id: UUID | None = None
    published_by_rule: UUID | None = Field(None, description="The rule that published it, if no person did.")
    withheld_reason: str | None = None
    left_out: list[LeftOutView] | None = None
    masked: list[FieldMasks] | None = Field(
        None, description="What is covered in what you see, by field: never the `external_id` that you sent."
    )
    forwarding: Forwarding | None = Field(None, description="For a complaint that was forwarded.")
    withdrawn_by: EndedBy | None = None
    withdrawn_by_id: UUID | None = None
    erased_by: EndedBy | None = None
    erased_by_id: UUID | None = None
    erasure_reason: str | None = None
    loops: list[AnsweringLoop] | None = Field(
        None, description="The loops that answer it, in `GET /v1/feedback?sent_by=me` alone; otherwise null."
    )


class RevisionView(Answer):
    """The earlier content of a piece of feedback; personal data is masked."""

    number: int
    content: dict[str, JsonValue]
    words_at: Moment | None = Field(description="When these words were received, where that was kept.")
    replaced_at: Moment | None = Field(
        description="When later words replaced them; null if those stood already when these were read."
    )


class Original(Answer):
    """The words exactly as the contributor gave them, without masks."""

    id: UUID
    text: str | None
    answers: list[dict[str, JsonValue]]
    left_out: list[LeftOut] = Field(description="What could not be read, as far as it may be stored here.")
    touchpoints: list[str]
    proxy_by: str | None
    external_id: str | None
