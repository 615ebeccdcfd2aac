"""Refusals on their way into the audit: bounded, so that a flood of them fills no disk."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.gateway.clients.keyring import DATABASE_AWAY
from services.gateway.models import Audit
from shared.logs import log

# At most so many kinds of refusal are told apart in a minute; the rest is counted together.
KINDS_MAX = 100
PERIOD_SECONDS = 60.0
GATHERED_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Denial:
    """A kind of refusal: all requests that are alike in this are counted together."""

    code: str
    organisation_id: UUID | None = None
    client_id: UUID | None = None
    key_id: UUID | None = None
    network: str | None = None
    method: str | None = None
    route: str | None = None


MANY_KINDS = Denial(code="many_kinds")


class Journal:
    """Writes the first refusal of each kind at once, and how often it came again when its minute is over."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions
        self.fresh: dict[Denial, int] = {}
        self.repeated: dict[Denial, int] = {}
        self.asked = asyncio.Event()
        self.period_ends = time.monotonic() + PERIOD_SECONDS

    def note(self, denial: Denial) -> None:
        """Count a refusal; it is written soon after."""
        if denial not in self.repeated and len(self.repeated) >= KINDS_MAX:
            denial = MANY_KINDS
        if denial in self.repeated:
            self.repeated[denial] += 1
            return
        self.repeated[denial] = 0
        self.fresh[denial] = 1
        self.asked.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Journal"]:
        """Write while the block runs, and what is left when it ends."""
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
        """Write when there is something new, and at the end of each minute what was repeated."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self.period_ends - time.monotonic())):
                    await self.asked.wait()
            await asyncio.sleep(GATHERED_SECONDS)
            self.asked.clear()
            if time.monotonic() >= self.period_ends:
                self.end_period()
            await self.write()

    def end_period(self) -> None:
        """Make rows of what came more than once, and start a new minute."""
        for denial, times in self.repeated.items():
            if times:
                self.fresh[denial] = self.fresh.get(denial, 0) + times
        self.repeated.clear()
        self.period_ends = time.monotonic() + PERIOD_SECONDS

    async def write(self) -> None:
        """Add a row for each kind that is waiting; what cannot be written waits on, bounded."""
        waiting, self.fresh = self.fresh, {}
        if not waiting:
            return
        try:
            async with self.sessions.begin() as session:
                session.add_all(
                    Audit(action="refused", times=times, **asdict(denial))
                    for denial, times in waiting.items()
                )
        except DATABASE_AWAY as error:
            log.warning("audit_waits", error=type(error).__name__, kinds=len(waiting))
            self.fresh = self.kept(waiting)

    def kept(self, waiting: dict[Denial, int]) -> dict[Denial, int]:
        """Return what waits for the next try, with what came meanwhile; bounded."""
        kept: dict[Denial, int] = {}
        for denial, times in [*waiting.items(), *self.fresh.items()]:
            kind = denial if denial in kept or len(kept) < KINDS_MAX else MANY_KINDS
            kept[kind] = kept.get(kind, 0) + times
        return kept
