"""Shapes of what moderators do."""

from typing import Literal

from pydantic import Field

from services.feedback.items.schemas import NewTheme
from shared.schemas import Prose, Schema


class Moderation(Schema):
    """A moderator's decision."""

    action: Literal["publish", "withhold", "mark_urgent"]
    reason: Prose | None = Field(None, description="The reason; required if you withhold it.")


class Erasure(Schema):
    """The erasure of feedback by staff."""

    reason: Prose = Field(
        description="Why. It stays, and the person can read it with their code: do not repeat what they said."
    )


class Labels(Schema):
    """The themes that a person chose; they replace the earlier ones."""

    themes: list[NewTheme] = Field(max_length=33)
