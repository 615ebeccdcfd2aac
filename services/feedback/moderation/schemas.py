"""Shapes of what moderators do."""

from typing import Literal

from pydantic import Field

from services.feedback.items.schemas import NewTheme
from shared.schemas import Prose, Schema


class Moderation(Schema):
    """What a moderator decides."""

    action: Literal["publish", "withhold", "mark_urgent"]
    reason: Prose | None = Field(None, description="Why; withholding needs one.")


class Labels(Schema):
    """The themes that a person says it is about; they replace those before."""

    themes: list[NewTheme] = Field(max_length=33)
