"""Shapes of what moderators do."""

from typing import Annotated, Literal

from pydantic import Field

from services.feedback.items.schemas import NewTheme
from shared.plain_words import WORDS_OF_AN_EXCUSE, at_least
from shared.schemas import Prose, Schema

# Why somebody is silenced.
Reason = Annotated[Prose, at_least(WORDS_OF_AN_EXCUSE)]


class Moderation(Schema):
    """A moderator's decision."""

    action: Literal["publish", "withhold", "mark_urgent"]
    reason: Reason | None = Field(
        None, description="The reason, in at least three words; required if you withhold it."
    )


class Erasure(Schema):
    """The erasure of feedback by staff."""

    reason: Reason = Field(
        description="Why, in at least three words. It stays, and the person can read it with their code: "
        "do not repeat what they said."
    )


class Labels(Schema):
    """The themes that a person chose; they replace the earlier ones."""

    themes: list[NewTheme] = Field(max_length=33)
