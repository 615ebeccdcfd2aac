"""Shapes of the rules by which a body publishes."""

from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.schemas import Answer, Moment, Schema

# Not complaints: they are never published.
PublishableKind = Literal["story", "comment", "survey_response", "compliment", "suggestion"]


class NewPublishingRule(Schema):
    """What is to be published by rule."""

    kinds: list[PublishableKind] = Field(min_length=1, max_length=5)
    source_id: UUID | None = Field(None, description="Only what came through this source of yours.")
    only_scores: bool = Field(True, description="Only what holds no words: ratings and scores.")


class PublishingRuleView(Answer):
    """A rule by which a body publishes, with who made it and since when."""

    id: UUID
    organisation_id: UUID
    kinds: list[str]
    source_id: UUID | None
    only_scores: bool
    made_at: Moment = Field(description="It publishes what was received after this.")
    made_by: str = Field(description="The person who made it, by a pseudonym.")
    ended_at: Moment | None
    ended_by: str | None
