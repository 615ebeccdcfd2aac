"""All keys, in memory: a key is checked without the database, and a revocation is known within a second."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hmac import compare_digest as same
from uuid import UUID

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.clients import keys, queries
from services.gateway.clients.errors import KeyUnknown
from services.gateway.settings import GatewaySettings
from shared.auth import Caller
from shared.errors import Unavailable
from shared.logs import log

CHANNEL = "keys"
# A key that is not in memory may have been made a moment ago by another process; a flood of wrong ones
# makes no more questions to the database than this.
MISS_SECONDS = 0.05
DATABASE_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError)


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key with the caller that it stands for."""

    id: UUID
    secret_sha256: bytes
    revoked: bool
    caller: Caller


async def announce(engine: AsyncEngine) -> None:
    """Tell every gateway process that keys changed; they notice by themselves if this is lost."""
    try:
        async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            await connection.exec_driver_sql(f"NOTIFY {CHANNEL}")
    except DATABASE_AWAY as error:
        log.warning("keys_not_announced", error=type(error).__name__)


class Keyring:
    """The keys of all clients, kept current by notices and by a comparison every half second."""

    def __init__(self, engine: AsyncEngine, settings: GatewaySettings) -> None:
        self.engine, self.settings = engine, settings
        self.known: dict[UUID, KnownKey] = {}
        self.changes = -1
        self.checked_at = float("-inf")
        self.asked = asyncio.Event()
        self.checking = asyncio.Lock()
        self.looking = asyncio.Lock()

    async def identify(self, text: str) -> KnownKey:
        """Return the live key that a text is; KeyUnknown when none, Unavailable when nobody can tell."""
        if (given := keys.read(text)) is None:
            raise KeyUnknown
        known = self.known.get(given.id) or await self.look_again(given.id)
        if self.age() > self.settings.keys_stale_seconds:
            raise Unavailable("Keys cannot be checked for the moment: try again shortly.")
        if known is None or known.revoked or not same(known.secret_sha256, given.secret_sha256):
            raise KeyUnknown
        return known

    def recognise(self, text: str) -> KnownKey | None:
        """Return the key whose id a text carries, be it live or not: for the audit only."""
        given = keys.read(text)
        return self.known.get(given.id) if given else None

    async def look_again(self, key_id: UUID) -> KnownKey | None:
        """Return a key that was perhaps made just now; all who ask meanwhile share one question."""
        came = time.monotonic()
        async with self.looking:
            if self.checked_at < came:
                await asyncio.sleep(max(0.0, MISS_SECONDS - self.age()))
                with contextlib.suppress(*DATABASE_AWAY):
                    await self.check()
        return self.known.get(key_id)

    def age(self) -> float:
        """Return how long ago the keys were last compared with the database, in seconds."""
        return time.monotonic() - self.checked_at

    async def check(self) -> None:
        """Load the keys again if any client or key changed."""
        async with self.checking:
            began = time.monotonic()
            async with self.engine.connect() as connection:
                changes = await queries.changes(connection)
                if changes != self.changes:
                    rows = await queries.key_rows(connection)
                    self.known = {row.id: known_key(row) for row in rows}
                    self.changes = changes
                self.checked_at = began

    async def changed(self) -> None:
        """Take in a change that was just committed here, and tell the other processes."""
        with contextlib.suppress(*DATABASE_AWAY):
            await self.check()
        await announce(self.engine)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Keyring"]:
        """Keep the keys current while the block runs."""
        with contextlib.suppress(*DATABASE_AWAY):
            await self.check()
        tasks = [asyncio.create_task(self.keep_current()), asyncio.create_task(self.listen())]
        try:
            yield self
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def keep_current(self) -> None:
        """Compare with the database when told of a change, and regularly besides."""
        while True:
            self.asked.clear()
            try:
                await self.check()
            except DATABASE_AWAY as error:
                log.warning("keys_not_checked", error=type(error).__name__)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.settings.keys_checked_seconds):
                    await self.asked.wait()

    async def listen(self) -> None:
        """Hear of changes that other processes made, on a connection of its own."""
        while True:
            try:
                await self.listen_until_lost()
            except DATABASE_AWAY as error:
                log.warning("keys_not_listened_for", error=type(error).__name__)
            await asyncio.sleep(self.settings.keys_checked_seconds)

    async def listen_until_lost(self) -> None:
        """Listen until the connection ends."""
        lost = asyncio.Event()
        connection = await asyncpg.connect(self.settings.database_url, timeout=10)
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(CHANNEL, lambda *_: self.asked.set())
            await lost.wait()
        finally:
            with contextlib.suppress(*DATABASE_AWAY):
                await connection.close(timeout=2)


def known_key(row: queries.KeyRow) -> KnownKey:
    """Return what is kept in memory of a row."""
    caller = Caller(row.client_id, row.organisation_id, row.team, frozenset(row.scopes))
    return KnownKey(row.id, bytes(row.secret_sha256), row.revoked, caller)
