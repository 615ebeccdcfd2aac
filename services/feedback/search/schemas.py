"""Shapes of what a search finds."""

from uuid import UUID

from pydantic import Field

from services.feedback.items.view_schemas import FeedbackView
from shared.schemas import Answer


class AnsweringPublicLoop(Answer):
    """A public loop that answers a piece of feedback: what was done about it."""

    loop_id: UUID
    state: str
    answer: str | None = Field(description="What the body decided, as in the loop: `will_do`, `will_not`, …")
    closed_as: str | None
    judged_by: str | None
    demonstration: bool
    organisation_id: UUID | None
    footprint_id: UUID | None


class FoundWord(Answer):
    """Where a word that was searched for stands in what is shown."""

    field: str = Field(description="A JSON pointer to the text: `/text` or `/answers/0/text`.")
    start: int = Field(description="The place of its first character (code point), from 0.")
    end: int = Field(description="The place after its last character.")


class FoundFeedback(FeedbackView):
    """A piece of published feedback that a search found, and what was done about it."""

    answered_by: list[AnsweringPublicLoop] = Field(description="The public loops about it, oldest first.")
    found: list[FoundWord] | None = Field(
        None,
        description="With `highlights`: where the words stand in the first 2,000 characters of each text. "
        "Null without. Cut the text at these places, and escape each part as you do any text.",
    )
