"""Shapes of what waits for moderators, and of what they do with many pieces at a time."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from services.feedback.items.schemas import FeedbackStateName, Work
from services.feedback.moderation.schemas import Reason
from shared.schemas import Answer, Moment, Schema

LINES_MAX = 100
ReasonCode = Literal[
    "names_somebody",
    "may_harm_somebody",
    "is_abusive",
    "is_about_another_body",
    "is_no_feedback",
    "is_not_understood",
    "is_not_to_be_forwarded",
]
# As people read it who ask why.
REASONS: Mapping[ReasonCode, str] = {
    "names_somebody": "Somebody could be recognised by it.",
    "may_harm_somebody": "It could harm somebody if everybody read it.",
    "is_abusive": "It insults or threatens somebody.",
    "is_about_another_body": "It is about the care of another body.",
    "is_no_feedback": "It is advertising or a test, and says nothing about care.",
    "is_not_understood": "Nobody here understands what it says.",
    "is_not_to_be_forwarded": "The person does not want to make a formal complaint.",
}


class Piece(Schema):
    """A piece of feedback in the version that the moderator read."""

    feedback_id: UUID
    version: int = Field(ge=1, description="As in the `ETag` and the `version` of what you read.")


class Decision(Piece):
    """A moderator's decision about one piece."""

    action: Literal["publish", "withhold", "mark_urgent"]
    reason_code: ReasonCode | None = Field(None, description="Why you withhold it.")
    reason: Reason | None = Field(None, description="Why you withhold it, in words of your own instead.")

    @model_validator(mode="after")
    def has_one_reason(self) -> Self:
        """Refuse a reason where nothing is withheld, and two reasons."""
        given = [each for each in (self.reason_code, self.reason) if each]
        if len(given) != (self.action == "withhold"):
            raise ValueError("to withhold it, give a reason_code or a reason; otherwise neither")
        return self

    @property
    def reason_told(self) -> str | None:
        """The reason as people read it."""
        return REASONS[self.reason_code] if self.reason_code else self.reason


def check_each_once(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Refuse a piece that comes twice: after the first its version is another."""
    if len({each.feedback_id for each in pieces}) < len(pieces):
        raise ValueError("name each piece once")
    return pieces


class Readings(Schema):
    """The pieces that a person has read."""

    pieces: Annotated[list[Piece], AfterValidator(check_each_once)] = Field(
        min_length=1, max_length=LINES_MAX
    )


class Moderations(Schema):
    """Decisions about many pieces."""

    decisions: Annotated[list[Decision], AfterValidator(check_each_once)] = Field(
        min_length=1, max_length=LINES_MAX
    )


class PieceResult(Answer):
    """What became of one piece, or why nothing did."""

    line: int = Field(description="Its place in the request, from 1.")
    feedback_id: UUID
    state: FeedbackStateName | None = None
    version: int | None = None
    error: str | None = None
    detail: str | None = None


class PieceResults(Answer):
    """What became of each piece, in their order."""

    accepted: int
    rejected: int
    results: list[PieceResult]


class Waiting(Answer):
    """How much of one kind of work waits."""

    work: Work
    waiting: int = Field(description="How many pieces wait: exact up to 1,000.")
    are_more: bool = Field(description="Whether more than 1,000 wait.")
    oldest_received_at: Moment | None
    oldest_waits_hours: int | None = Field(description="For how many whole hours the oldest has waited.")


class WorkView(Answer):
    """What waits for people of the caller's body."""

    items: list[Waiting]
