"""The delivery worker: claims what is due, has up to 32 in flight, and records what came of each."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import asyncpg
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.gateway.settings import GatewaySettings
from services.gateway.webhooks import queue
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.metrics import delivered
from services.gateway.webhooks.queue import Claim, Through
from services.gateway.webhooks.sending import Outcome, Sender, sender
from services.gateway.webhooks.signing import Sealer, signed_headers
from shared.clock import now
from shared.db import make_sessions
from shared.logs import log
from shared.outbox import CHANNEL
from shared.worker import WorkerContext

POLL_SECONDS = 1.0
# How long a worker that is told to stop waits for answers; what is cut off is sent again under its old id.
STOPPING_SECONDS = 5.0
DATABASE_AWAY = (SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class Courier:
    """Sends what is due until it is cancelled; several may work on one queue."""

    def __init__(self, engine: AsyncEngine, settings: GatewaySettings, to: Sender) -> None:
        self.sessions, self.to = make_sessions(engine), to
        self.engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.sealer = Sealer(settings.seal_key)
        self.in_flight_max = settings.webhook_in_flight
        self.lease = timedelta(seconds=settings.webhook_lease_seconds)
        self.in_flight: dict[asyncio.Task[None], Claim] = {}
        self.through: list[Through] = []
        self.woken = asyncio.Event()

    async def run(self, is_listening: Callable[[], bool]) -> None:
        """Send while woken by NOTIFY, then wait a little for the answers that are still to come."""
        try:
            async with self.engine.connect() as connection:
                while is_listening():
                    self.woken.clear()
                    await self.record_through(connection)
                    if not await self.take_due(connection):
                        await self.rest()
        finally:
            await self.finish()

    async def rest(self) -> None:
        """Wait until something may be due; not by wait_for, which may swallow a cancellation in 3.11."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self.woken.wait()

    async def finish(self) -> None:
        """Wait a little for answers and record them; the rest is cut off."""
        if self.in_flight:
            _, late = await asyncio.wait(self.in_flight, timeout=STOPPING_SECONDS)
            for task in late:
                task.cancel()
        with contextlib.suppress(*DATABASE_AWAY):
            # A connection of its own: whoever cancels a statement breaks the connection that it was on.
            async with self.engine.connect() as connection:
                await self.record_through(connection)

    async def record_through(self, connection: AsyncConnection) -> None:
        """Record together all that got through since the last time."""
        if through := list(self.through):
            await queue.record_delivered(connection, through)
            del self.through[: len(through)]

    async def take_due(self, connection: AsyncConnection) -> bool:
        """Start as many deliveries as are due and there are places for; True when more may be due."""
        free = self.in_flight_max - len(self.in_flight)
        if not free:
            return False
        flying = Counter(each.endpoint_id for each in self.in_flight.values())
        busy = {
            each.endpoint_id for each in self.in_flight.values() if flying[each.endpoint_id] >= each.places
        }
        claims = await queue.claim(connection, free, busy, self.lease)
        for each in claims:
            task = asyncio.create_task(self.deliver(each))
            self.in_flight[task] = each
            task.add_done_callback(self.landed)
        return bool(claims)

    def landed(self, task: asyncio.Task[None]) -> None:
        """Give the place of a finished delivery to the next."""
        self.in_flight.pop(task, None)
        self.woken.set()

    async def deliver(self, claimed: Claim) -> None:
        """Send one delivery and have its outcome recorded; if it is not, it is sent again after its lease."""
        tried_at = now()
        outcome = await self.send(claimed)
        delivered.labels("delivered" if outcome.delivered else "failed").inc()
        if outcome.delivered:
            self.through.append(Through(claimed, outcome, tried_at))
            return
        try:
            async with self.sessions.begin() as session:
                await queue.record_failed(session, claimed, outcome, tried_at)
        except DATABASE_AWAY as error:
            log.warning("delivery_unrecorded", delivery=str(claimed.delivery_id), error=type(error).__name__)

    async def send(self, claimed: Claim) -> Outcome:
        """Sign a delivery for this try and send it."""
        sealed = [claimed.secret_sealed, claimed.previous_secret_sealed]
        try:
            secrets = [self.sealer.unseal(claimed.endpoint_id, each) for each in sealed if each]
        except ValueError:
            log.error("secret_unreadable", endpoint=str(claimed.endpoint_id))
            return Outcome(error="secret_unreadable")
        headers = signed_headers(claimed.delivery_id, claimed.body, secrets, now())
        return await self.to.post(claimed.url, claimed.body, headers)


async def forget_old(context: WorkerContext) -> None:
    """Delete deliveries, with their tries, that came to their end longer ago than they are kept."""
    settings = settings_of(context)
    async with context.sessions.begin() as session:
        await queue.forget_before(session, now() - timedelta(days=settings.webhook_kept_days))


def settings_of(context: WorkerContext) -> GatewaySettings:
    """Return the gateway's settings."""
    if not isinstance(context.settings, GatewaySettings):
        raise TypeError("webhooks are delivered with the gateway's settings")
    return context.settings


async def deliver_webhooks(context: WorkerContext) -> None:
    """Deliver webhooks until cancelled; ends when the database fails, to be started again."""
    settings = settings_of(context)
    guard = AddressGuard(settings.allowed_networks)
    async with sender(guard, settings.webhook_timeout_seconds) as to:
        courier = Courier(context.engine, settings, to)
        async with listening(settings.database_url, courier.woken) as is_listening:
            context.started.add(deliver_webhooks.__name__)
            await courier.run(is_listening)


@contextlib.asynccontextmanager
async def listening(database_url: str, woken: asyncio.Event) -> AsyncIterator[Callable[[], bool]]:
    """Set the event at each NOTIFY that something was saved; gives what tells whether it still does."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        await connection.add_listener(CHANNEL, lambda *_: woken.set())
        yield lambda: not connection.is_closed()
    finally:
        connection.terminate()
