"""The desk: what intake needs besides the database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from services.feedback.contributors.sealing import public_key
from services.feedback.places.lookup import PostcodeLookup
from services.feedback.places.memory import Memory
from services.feedback.replies.codes import ReplyKeys
from services.feedback.settings import Settings
from shared.clock import now


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of feedback comes from: the client or the source, and the organisation that sends it."""

    client_id: UUID | None
    organisation_id: UUID | None
    source_id: UUID | None
    received_at: datetime

    @property
    def id(self) -> UUID:
        """The id within which an external id is unique: the source's, else the client's, else the body's."""
        found = self.source_id or self.client_id or self.organisation_id
        if found is None:
            raise ValueError("feedback comes from a source, a client or an organisation")
        return found

    @classmethod
    def of_client(cls, client_id: UUID | None, organisation_id: UUID | None) -> Self:
        """Return the origin of what a client sends now."""
        return cls(client_id, organisation_id, None, now())


@dataclass(frozen=True, slots=True)
class Desk:
    """Keys, the way to the registry, and what was learned of places."""

    codes: ReplyKeys
    contributors: X25519PublicKey
    lookup: PostcodeLookup
    memory: Memory
    arrival_seconds: float

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Self]:
        """Open the desk for as long as the block runs."""
        async with PostcodeLookup.open(settings) as lookup:
            yield cls(
                codes=ReplyKeys(settings.reply_key),
                contributors=public_key(settings.contributor_public_key),
                lookup=lookup,
                memory=Memory(),
                arrival_seconds=settings.arrival_seconds,
            )
