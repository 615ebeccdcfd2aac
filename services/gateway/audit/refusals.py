"""Refusals on their way into the audit: bounded, so that a flood of them fills no disk."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.gateway.models import Audit
from services.gateway.notices import DATABASE_AWAY
from shared.logs import log
from shared.state import run_beside

# At most so many kinds of refusal without a key, and of one client, are counted apart in a minute; the rest
# is counted as one. So nobody fills the places of others, and hides what is refused to them.
KINDS_MAX, KINDS_OF_CLIENT_MAX = 100, 20
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


class CountedKinds(dict[Refusal, int]):
    """How often each kind of refusal came; of one client, or without a key, only so many are told apart."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: Counter[UUID | None] = Counter()

    def kind_of(self, refusal: Refusal) -> Refusal:
        """The kind that a refusal is counted as."""
        most = KINDS_OF_CLIENT_MAX if refusal.client_id else KINDS_MAX
        if refusal in self or self.kinds[refusal.client_id] < most:
            return refusal
        if refusal.client_id is None:
            return MANY_KINDS
        return replace(MANY_KINDS, organisation_id=refusal.organisation_id, client_id=refusal.client_id)

    def add(self, refusal: Refusal, times: int) -> bool:
        """Count a kind so many times more; whether it is new here."""
        is_new = refusal not in self
        self.kinds[refusal.client_id] += is_new
        self[refusal] = self.get(refusal, 0) + times
        return is_new


class RefusalLog:
    """Writes the first refusal of each kind soon after it, and the number of its repeats after its minute."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self.sessions = sessions
        self.unwritten: dict[Refusal, int] = {}
        self.repeats = CountedKinds()
        self.has_new = asyncio.Event()
        self.period_ends = time.monotonic() + PERIOD_SECONDS

    def count(self, refusal: Refusal) -> None:
        """Count a refusal; it is written soon after."""
        kind = self.repeats.kind_of(refusal)
        if self.repeats.add(kind, 1):
            self.repeats[kind] = 0
            self.unwritten[kind] = self.unwritten.get(kind, 0) + 1
            self.has_new.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["RefusalLog"]:
        """Write while the block runs, and write what is left when it ends."""
        try:
            async with run_beside(self.keep_writing()):
                yield self
        finally:
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
        self.repeats = CountedKinds()
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
        merged = CountedKinds()
        for refusal, times in [*waiting.items(), *self.unwritten.items()]:
            merged.add(merged.kind_of(refusal), times)
        return merged
