"""What is not known of a body, what was known last, and who may know."""

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
    """Something that the registry does not know, with what it knew last."""

    what: Literal[
        "leader", "contact", "footprint", "healthwatch", "later", "earlier", "name", "successor"
    ] = Field(
        description="`later`, `earlier`: how it was after the day of its register, or before it begins;"
        " `name`: which of two names it had; `successor`: what became of a body that closed."
    )
    why: str | None = Field(None, description="Why it is not known, where the sources are the reason.")
    last_known: str | None = Field(description="What was known last: history, most likely no longer true.")
    last_known_on: date | None
    try_instead: list[TryInstead]
