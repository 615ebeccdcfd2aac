"""Refusals on their way into the audit: bounded, so that a flood of them fills no disk."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.gateway.models import Audit
from services.gateway.notices import DATABASE_AWAY
from shared.logs import log

# At most so many kinds of refusal are counted apart in a minute; the rest is counted as one.
KINDS_MAX = 100
PERIOD_SECONDS = 60.0
GATHER_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Refusal:
    """A kind of refusal: all requests that are alike in this are counted together."""

    code: str
    organisation_id: UUID | None = None
    client_id: UUID | None = None
    key_id: UUID | None = None
    network: str | None = None
    method: str | None = None
    route: str | None = None


MANY_KINDS = Refusal(code="many_kinds")


class RefusalLog:
    """Writes the first refusal of each kind soon after it, and the number of its repeats after its minute."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions
        self.unwritten: dict[Refusal, int] = {}
        self.repeats: dict[Refusal, int] = {}
        self.has_new = asyncio.Event()
        self.period_ends = time.monotonic() + PERIOD_SECONDS

    def count(self, refusal: Refusal) -> None:
        """Count a refusal; it is written soon after."""
        if refusal not in self.repeats and len(self.repeats) >= KINDS_MAX:
            refusal = MANY_KINDS
        if refusal in self.repeats:
            self.repeats[refusal] += 1
            return
        self.repeats[refusal] = 0
        self.unwritten[refusal] = 1
        self.has_new.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["RefusalLog"]:
        """Write while the block runs, and write what is left when it ends."""
        task = asyncio.create_task(self.keep_writing())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            self.end_period()
            await self.write()

    async def keep_writing(self) -> None:
        """Write when there is something new, and at the end of each minute the number of repeats."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self.period_ends - time.monotonic())):
                    await self.has_new.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self.has_new.clear()
            if time.monotonic() >= self.period_ends:
                self.end_period()
            await self.write()

    def end_period(self) -> None:
        """Queue the repeats for writing, and start a new minute."""
        for refusal, times in self.repeats.items():
            if times:
                self.unwritten[refusal] = self.unwritten.get(refusal, 0) + times
        self.repeats.clear()
        self.period_ends = time.monotonic() + PERIOD_SECONDS

    async def write(self) -> None:
        """Add a row for each kind that waits; a kind that cannot be written waits on, bounded."""
        waiting, self.unwritten = self.unwritten, {}
        if not waiting:
            return
        try:
            async with self.sessions.begin() as session:
                session.add_all(
                    Audit(action="refused", times=times, **asdict(refusal))
                    for refusal, times in waiting.items()
                )
        except DATABASE_AWAY as error:
            log.warning("audit_waits", error=type(error).__name__, kinds=len(waiting))
            self.unwritten = self.merge_bounded(waiting)

    def merge_bounded(self, waiting: dict[Refusal, int]) -> dict[Refusal, int]:
        """The rows that wait for the next try, with those that have come since; bounded."""
        merged: dict[Refusal, int] = {}
        for refusal, times in [*waiting.items(), *self.unwritten.items()]:
            kind = refusal if refusal in merged or len(merged) < KINDS_MAX else MANY_KINDS
            merged[kind] = merged.get(kind, 0) + times
        return merged
