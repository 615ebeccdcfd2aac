"""What storing feedback needs besides the database: its origin, the keys and the finder of bodies."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Self
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from fastapi import Depends

from services.feedback.bodies.domain import BodyFinder
from services.feedback.codes import ReplyKeys, WrongCodes
from services.feedback.contributors.sealing import read_public_key
from services.feedback.settings import Settings
from shared.auth import Caller
from shared.clock import now
from shared.state import depends_on


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a piece of feedback comes from: the client or the source, and the organisation that sends it."""

    client_id: UUID | None
    organisation_id: UUID | None
    source_id: UUID | None
    received_at: datetime
    # The answer's place among those that came in the same moment.
    position: int = 0

    @property
    def words_at(self) -> datetime:
        """The moment that orders words under one external id: of our clock, never of the sender's."""
        return self.received_at + timedelta(microseconds=self.position)

    @property
    def id(self) -> UUID:
        """The id within which an external id is unique: the source's, the client's or the organisation's."""
        origin_id = self.source_id or self.client_id or self.organisation_id
        if origin_id is None:
            raise ValueError("feedback comes from a source, a client or an organisation")
        return origin_id

    @classmethod
    def from_client(cls, caller: Caller) -> Self:
        """The origin of what a client sends now: a body that ended stays the sender."""
        return cls(caller.client_id, caller.organisation_id or caller.ended, None, now())


@dataclass(frozen=True, slots=True)
class IntakeTools:
    """The keys and the finder of bodies, opened once for the process."""

    codes: ReplyKeys
    contributor_key: X25519PublicKey
    bodies: BodyFinder
    wrong_codes: WrongCodes = field(default_factory=WrongCodes)

    @classmethod
    @asynccontextmanager
    async def open(cls, settings: Settings) -> AsyncIterator[Self]:
        """Open the tools for as long as the block runs."""
        async with BodyFinder.open(settings) as bodies:
            yield cls(ReplyKeys(settings.reply_key), read_public_key(settings.contributor_public_key), bodies)

    def waiting(self, arrival_seconds: float) -> Self:
        """The same tools, waiting this long for a body that has not arrived yet."""
        return replace(self, bodies=replace(self.bodies, arrival_seconds=arrival_seconds))

    def awaiting_all(self, arrival_seconds: float) -> Self:
        """The same tools, waiting this long for every body, also one named by a code or an old id."""
        finder = replace(self.bodies, arrival_seconds=arrival_seconds, awaits_all=True)
        return replace(self, bodies=finder)


Tools = Annotated[IntakeTools, Depends(depends_on(IntakeTools))]


async def keys_of_tools(tools: Tools) -> ReplyKeys:
    """The keys that reply codes are derived from."""
    return tools.codes


Keys = Annotated[ReplyKeys, Depends(keys_of_tools)]
