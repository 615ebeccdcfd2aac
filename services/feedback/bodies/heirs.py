"""Who answers for bodies that ended: what a key may do follows from it (decision 0042)."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, NamedTuple, Protocol
from uuid import UUID

from fastapi import Depends
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.feedback.bodies import queries
from shared.auth import Caller
from shared.clock import today
from shared.copies import SUCCESSIONS_MAX
from shared.errors import Unavailable
from shared.logs import log
from shared.state import depends_on, run_beside

REFRESH_SECONDS = 30
# As long as they have never been read, no key of a body can do anything.
FIRST_SECONDS = 1
# For so long a key of a body that others took over from still reads what it could read.
READS_ON = timedelta(days=90)


class Ended(NamedTuple):
    """A body that ended, the one that took over from it, and its first day."""

    id: UUID
    heir: UUID
    since: date


class AboutBodies(Protocol):
    """What is about bodies."""

    @property
    def bodies(self) -> Collection[UUID]: ...


class Heirs:
    """Which bodies ended and who answers for them, kept in memory: it is asked for every request."""

    def __init__(self) -> None:
        self.ended: Mapping[UUID, date] = {}
        self.following: Mapping[UUID, UUID] = {}
        self.answered_for: Mapping[UUID, frozenset[UUID]] = {}
        self.are_read = False

    def stand_in(self, caller: Caller) -> Caller:
        """The caller with the bodies that it answers for; one whose own body ended changes nothing any more.

        After 90 days it acts for nobody, and only sends. Unavailable until it is known which bodies ended.
        """
        own = caller.organisation_id
        if own is None:
            return caller
        if not self.are_read:
            raise Unavailable
        if (since := self.ended.get(own)) is not None:
            reads = today() < since + READS_ON
            return replace(caller, organisation_id=own if reads else None, ended=own)
        heir_of = self.answered_for.get(own)
        return replace(caller, heir_of=heir_of) if heir_of else caller

    def body_today(self, body: UUID) -> UUID:
        """The body that answers today for one; of a circle, any in it."""
        for _ in range(SUCCESSIONS_MAX):
            body = self.following.get(body, body)
        return body

    def is_about(self, feedback: AboutBodies, body: UUID | None) -> bool:
        """Whether feedback is about a body, about its heir, or about one whose heir it is."""
        if body is None or body in feedback.bodies:
            return body is not None
        return self.body_today(body) in map(self.body_today, feedback.bodies)

    def keep(self, ended: Sequence[Ended]) -> None:
        """Remember these, each with the body that its heirs lead to today."""
        self.following = {each.id: each.heir for each in ended}
        found: dict[UUID, set[UUID]] = {}
        for body in self.following:
            last = self.body_today(body)
            if last not in self.following:
                found.setdefault(last, set()).add(body)
        self.ended = {each.id: each.since for each in ended}
        self.answered_for = {heir: frozenset(bodies) for heir, bodies in found.items()}
        self.are_read = True

    async def refresh(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        """Read from the copies of the registry who answers today."""
        async with sessions() as session:
            self.keep([Ended(*row) for row in await queries.ended_bodies(session, today())])

    @asynccontextmanager
    async def kept_current(self, sessions: async_sessionmaker[AsyncSession]) -> AsyncIterator[None]:
        """Read them now, and again twice a minute while the block runs."""
        await self.refresh_if_possible(sessions)
        async with run_beside(self.refresh_for_ever(sessions)):
            yield

    async def refresh_for_ever(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        """Read them twice a minute, and at once when the database is there for the first time."""
        while True:
            await asyncio.sleep(REFRESH_SECONDS if self.are_read else FIRST_SECONDS)
            await self.refresh_if_possible(sessions)

    async def refresh_if_possible(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        """Read them; while the database is away, what was read last counts."""
        try:
            await self.refresh(sessions)
        except (SQLAlchemyError, OSError) as error:
            log.warning("heirs_not_read", error=type(error).__name__)


HeirsOfBodies = Annotated[Heirs, Depends(depends_on(Heirs))]
