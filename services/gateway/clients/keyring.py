"""All keys, in memory: a key is checked without the database, and a revocation is known within a second."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from hmac import compare_digest
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.clients import keys, queries
from services.gateway.context import ANONYMOUS, KnownKey
from services.gateway.errors import KeyUnknown
from services.gateway.notices import DATABASE_AWAY, listening
from services.gateway.settings import GatewaySettings
from shared.auth import Caller
from shared.errors import Unavailable
from shared.logs import log
from shared.state import run_beside

CHANNEL = "keys"
# A key that is not in memory may have been made a moment ago by another process. A flood of wrong keys
# asks the database no more than once in this time.
MISS_SECONDS = 0.05
# What stands in for a key that is not there; nobody can have it.
NOBODYS = KnownKey(UUID(int=0), bytes(32), revoked=True, caller=ANONYMOUS)


async def announce_change(engine: AsyncEngine) -> None:
    """Notify every gateway process that keys changed; they find out by themselves if this is lost."""
    try:
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.exec_driver_sql(f"NOTIFY {CHANNEL}")
    except DATABASE_AWAY as error:
        log.warning("keys_not_announced", error=type(error).__name__)


class Keyring:
    """The keys of all clients, kept current by notices and by a comparison twice a second."""

    def __init__(self, engine: AsyncEngine, settings: GatewaySettings) -> None:
        self.engine, self.settings = engine, settings
        self.known: dict[UUID, KnownKey] = {}
        self.changes = -1
        self.checked_at = float("-inf")
        self.notified = asyncio.Event()
        self.checking = asyncio.Lock()
        self.missing = asyncio.Lock()

    async def identify(self, text: str) -> KnownKey:
        """The live key that a text stands for; KeyUnknown when none, Unavailable when we cannot tell."""
        if (given := keys.parse_key(text)) is None:
            raise KeyUnknown
        # A wrong secret costs what an unknown id costs: how long an answer takes says nothing about ids.
        known = self.match(given) or await self.check_for(given)
        if self.age() > self.settings.keys_stale_seconds:
            raise Unavailable("We cannot check keys at the moment. Try again shortly.")
        if known is None:
            raise KeyUnknown
        return known

    def match(self, given: keys.PresentedKey) -> KnownKey | None:
        """The live key that was given; an id that nobody has is compared like any other."""
        known = self.known.get(given.id, NOBODYS)
        is_same = compare_digest(known.secret_sha256, given.secret_sha256)
        return known if is_same and not known.revoked else None

    def recognise(self, text: str) -> KnownKey | None:
        """The key whose id a text carries, live or not: for the audit only."""
        given = keys.parse_key(text)
        return self.known.get(given.id) if given else None

    async def check_for(self, given: keys.PresentedKey) -> KnownKey | None:
        """A key that may have just been made; requests that wait for the same key share one query."""
        came = time.monotonic()
        async with self.missing:
            if self.checked_at < came:
                await asyncio.sleep(max(0.0, MISS_SECONDS - self.age()))
                with contextlib.suppress(*DATABASE_AWAY):
                    await self.check()
        return self.match(given)

    def age(self) -> float:
        """How long ago the keys were last compared with the database, in seconds."""
        return time.monotonic() - self.checked_at

    async def check(self) -> None:
        """Load the keys again if any client or key changed."""
        async with self.checking:
            began = time.monotonic()
            async with self.engine.connect() as connection:
                changes = await queries.change_count(connection)
                if changes != self.changes:
                    rows = await queries.key_rows(connection)
                    self.known = {row.id: known_key(row) for row in rows}
                    self.changes = changes
                self.checked_at = began

    async def refresh_everywhere(self) -> None:
        """Load a change that was just committed here, and notify the other processes."""
        with contextlib.suppress(*DATABASE_AWAY):
            await self.check()
        await announce_change(self.engine)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Keyring"]:
        """Keep the keys current while the block runs."""
        with contextlib.suppress(*DATABASE_AWAY):
            await self.check()
        async with run_beside(self.keep_current(), self.listen()):
            yield self

    async def keep_current(self) -> None:
        """Compare with the database at each notice, and regularly."""
        while True:
            self.notified.clear()
            try:
                await self.check()
            except DATABASE_AWAY as error:
                log.warning("keys_not_checked", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.settings.keys_checked_seconds):
                    await self.notified.wait()

    async def listen(self) -> None:
        """Listen for changes that other processes made, on a separate connection."""
        while True:
            try:
                await self.listen_until_lost()
            except DATABASE_AWAY as error:
                log.warning("keys_not_listened_for", error=type(error).__name__)
            await asyncio.sleep(self.settings.keys_checked_seconds)

    async def listen_until_lost(self) -> None:
        """Listen until the connection ends."""
        lost = asyncio.Event()
        async with listening(self.settings.database_url, CHANNEL, self.notified.set) as connection:
            connection.add_termination_listener(lambda _: lost.set())
            await lost.wait()


def known_key(row: queries.KeyRow) -> KnownKey:
    """What is kept in memory of a row."""
    caller = Caller(row.client_id, row.organisation_id, row.team, frozenset(row.scopes))
    return KnownKey(row.id, bytes(row.secret_sha256), row.revoked, caller)
