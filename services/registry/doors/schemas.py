"""How it is told that something is not known."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from shared.schemas import Answer


class TryInstead(Answer):
    """Somebody else who may know."""

    id: UUID
    name: str
    why: str
    href: str


class NotKnown(Answer):
    """Something that nobody told the registry, with what it knew last."""

    what: Literal["leader", "contact", "footprint", "healthwatch"]
    last_known: str | None = Field(description="What was known last: history, most likely no longer true.")
    last_known_on: date | None
    try_instead: list[TryInstead]
