"""What wakes the relay after commits."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg

from shared.bus import is_set_within
from shared.logs import log
from shared.state import run_beside

CHANNEL = "outbox"


class OutboxNotifier:
    """Wakes the relay after commits, with at most one NOTIFY in 5 ms on a separate connection.

    NOTIFY inside a service's own transaction would lock the whole database at each commit. Where many commits
    follow each other it waits for 20 ms: what they tell is then published, sent and taken together.
    """

    INTERVAL_SECONDS, BUSY_SECONDS, BUSY_PER_SECOND = 0.005, 0.02, 300
    # A connection that nobody needs for so long is given back.
    IDLE_SECONDS = 30

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.asked, self.times_asked = asyncio.Event(), 0

    def notify_soon(self) -> None:
        """Ask for a NOTIFY soon; a lost one only delays, because the relay also polls."""
        self.asked.set()
        self.times_asked += 1

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["OutboxNotifier"]:
        """Run while the block runs."""
        async with run_beside(self._run()):
            yield self

    async def _run(self) -> None:
        while True:
            try:
                await self._notify_when_asked()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("notifier_reconnects", error=type(error).__name__)
                await asyncio.sleep(0.5)

    async def _notify_when_asked(self) -> None:
        await self.asked.wait()
        connection, seconds = await asyncpg.connect(self.database_url, timeout=10), self.INTERVAL_SECONDS
        try:
            while await is_set_within(self.IDLE_SECONDS, self.asked):
                self.asked.clear()
                await connection.execute(f"NOTIFY {CHANNEL}")
                is_busy = self.times_asked > seconds * self.BUSY_PER_SECOND
                seconds, self.times_asked = self.BUSY_SECONDS if is_busy else self.INTERVAL_SECONDS, 0
                await asyncio.sleep(seconds)
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)
