"""Who suggests, told apart without knowing them, and how many suggestions of each may wait.

Without a limit for each sender one of them could take all places of a body, and nobody else could suggest.
"""

from typing import Annotated, ClassVar
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.suggestions import queries
from shared.auth import Anyone
from shared.errors import TooMany

# So that nobody can fill the disk, or a steward's day.
WAITING_MAX = 500
# A sender may hold this many places of a body, and no more than this part of those that are free.
OF_SENDER_MAX, PART_OF_FREE = 20, 10
# And so many places of all bodies together.
OF_SENDER_ANYWHERE_MAX = 100


class SuggestionsFull(TooMany):
    """Too many suggestions about this body are waiting. Try again when its stewards have decided some."""

    always: ClassVar = {"Retry-After": "86400"}


class EnoughWaiting(TooMany):
    """Many suggestions from your network or your key wait for a steward. Try again in a few days."""

    always: ClassVar = {"Retry-After": "86400"}


async def sender_of(request: Request, caller: Anyone) -> str:
    """The client that suggests, or without a key the gateway's mark of the network; all others are one."""
    if caller.client_id is not None:
        return f"client {caller.client_id.hex}"
    return f"network {request.headers.get('Doorway-Network', 'unknown')}"


Sender = Annotated[str, Depends(sender_of)]


async def must_have_place(session: AsyncSession, body_id: UUID, sender: str) -> None:
    """Refuse with SuggestionsFull when too many wait, with EnoughWaiting when too many of this sender do."""
    waiting = await queries.count_waiting(session, body_id, sender)
    free = WAITING_MAX - waiting.about_body
    if free <= 0:
        raise SuggestionsFull
    allowed = max(1, min(OF_SENDER_MAX, free // PART_OF_FREE))
    if waiting.of_sender_about_body >= allowed or waiting.of_sender >= OF_SENDER_ANYWHERE_MAX:
        raise EnoughWaiting
