"""Shapes of what moderators do."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from services.feedback.items.schemas import NewTheme
from shared.plain_words import WORDS_OF_AN_EXCUSE, at_least
from shared.schemas import Answer, Code, Prose, Schema

SUGGESTION_NOTICE = (
    "A program suggests these, and it is often wrong. Read the words, then accept or refuse. "
    "A suggestion is no label and no evidence."
)
ModelVersion = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
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


class ChosenTheme(NewTheme):
    """A theme that a person chose, also by accepting a suggestion."""

    suggested_by: ModelVersion | None = Field(
        None,
        description="The `model` of `GET …/theme-suggestions`, if you accept its suggestion. The label keeps "
        "it with the score. Leave it out where a person saw the theme without it.",
    )


class Labels(Schema):
    """The themes that a person chose; they replace the earlier ones."""

    themes: list[ChosenTheme] = Field(max_length=33)


class RefusedTheme(Schema):
    """A suggestion that a person refuses."""

    code: Code
    suggested_by: ModelVersion = Field(description="The `model` of `GET …/theme-suggestions`.")


class RefusedThemeView(Answer):
    """What is kept of a refusal: an example for the next model. It is no label, and no count has it."""

    feedback_id: UUID
    code: str
    suggested_by: str


class SuggestedTheme(Answer):
    """A theme that a model suggests: no label until a person accepts it."""

    code: str
    score: float = Field(description="How far it is above the limit of this theme; no probability.")
    state: Literal["open", "labelled", "refused"] = Field(
        description="Whether a person has labelled the feedback with it, or refused it for these words."
    )


class Suggestions(Answer):
    """What a model suggests for the words of the moment; nobody else sees it, and nothing counts it."""

    feedback_id: UUID
    version: int = Field(description="The version of the feedback, for `If-Match`.")
    model: str = Field(description="The version of the model: give it back as `suggested_by`.")
    taxonomy: str = Field(description="The version of the taxonomy that the codes are of.")
    items: list[SuggestedTheme]
    notice: str = Field(SUGGESTION_NOTICE, description="What a suggestion is worth.")
