"""Shapes of previews of a mapping."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.feedback.sources.schemas import MappingRules
from shared.schemas import Answer, Schema

Last = Annotated[int, Field(ge=1, le=100, description="How many of the last stored payloads to try.")]


class PreviewOfVersion(Schema):
    """On how much to try a version of the mapping."""

    last: Last = 20


class PreviewOfRules(MappingRules):
    """A mapping that is not saved yet, and on how much to try it."""

    last: Last = 20


class AnswerMade(Answer):
    """What a mapping makes of one answer."""

    outcome: Literal["mapped", "quarantined", "not_there"] = Field(
        description="`not_there` where this mapping splits the payload into fewer answers."
    )
    error_class: str | None = None
    field: str | None = None
    left_out: list[str] = Field([], description="The fields that would be left out.")


class FieldChange(Answer):
    """A field that two mappings make differently, with personal data masked, cut after 200 characters."""

    field: str
    before: str | None = Field(description="By the mapping in use; null where it makes nothing of it.")
    after: str | None = Field(description="By the mapping that is previewed.")


class PreviewedAnswer(Answer):
    """One answer as two mappings make it."""

    received_id: UUID
    position: int
    before: AnswerMade
    after: AnswerMade
    changes: list[FieldChange]


class MappingPreview(Answer):
    """What a mapping makes of the last payloads; nothing was stored."""

    version_in_use: int | None
    payloads: int = Field(description="How many were tried: fewer if that is much work, or few are stored.")
    answers: int
    different: int = Field(description="How many answers come out otherwise than by the mapping in use.")
    items: list[PreviewedAnswer] = Field(description="Each answer, those of the newest payload first.")
