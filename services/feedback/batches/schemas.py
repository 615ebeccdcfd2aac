"""Shapes of many pieces of feedback together."""

from uuid import UUID

from pydantic import Field

from services.feedback.items.schemas import Outcome
from services.feedback.leaving_out import LeftOutView
from shared.masking import FieldMasks
from shared.schemas import Answer


class LineResult(Answer):
    """The result of one line: its id and reply code, or what is wrong with it."""

    line: int
    id: UUID | None = None
    reply_code: str | None = Field(None, description="For the person, where the line is new.")
    reply_code_notice: str | None = Field(None, description="Where the reply code is, if it is not here.")
    outcome: Outcome | None = None
    left_out: list[LeftOutView] = Field([])
    masked: list[FieldMasks] = Field([])
    error: str | None = None
    detail: str | None = None


class BatchResult(Answer):
    """The result of a batch, line by line."""

    accepted: int
    rejected: int
    results: list[LineResult]
    notice: str
