"""How a door is told."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.schemas import Answer

Freshness = Literal["fresh", "ageing", "stale"]


class ContactOut(Answer):
    """A way to reach a body, as its source published it."""

    id: UUID
    body_id: UUID
    channel: Literal["email", "phone", "post", "web"]
    value: str
    purpose: str
    known_on: date = Field(description="The day for which the source says it.")
    verified_on: date | None = Field(description="When somebody last made sure that it works.")
    freshness: Freshness = Field(description="`stale` after a year: it may lead nowhere.")
    source: str
