"""The delivery worker: claims what is due, has up to 32 in flight, and records the outcome of each."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.gateway.notices import DATABASE_AWAY, listening
from services.gateway.settings import GatewaySettings
from services.gateway.webhooks import queries, queue
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.queue import ClaimedDelivery, DeliveredAttempt, Places
from services.gateway.webhooks.sending import AttemptOutcome, WebhookSender, open_sender
from services.gateway.webhooks.signing import SecretSealer, signed_headers
from shared.clock import now
from shared.db import make_sessions
from shared.logs import log, places_of
from shared.outbox_notifier import CHANNEL
from shared.worker import WorkerContext, until_done

POLL_SECONDS = 1.0
# How long an answer waits for others, so that their places are filled by one statement.
GATHER_SECONDS = 0.002
# How long a worker that must stop waits for answers. What is cut off is sent again under its old id.
STOPPING_SECONDS = 5.0
OUR_FAULT = "internal"
attempts_total = Counter(
    "doorway_webhook_attempts_total", "Attempts to deliver webhooks, by their outcome.", ["outcome"]
)


class DeliveryWorker:
    """Sends what is due until it is cancelled; several may work on one queue."""

    def __init__(self, engine: AsyncEngine, settings: GatewaySettings, to: WebhookSender) -> None:
        self.sessions, self.to = make_sessions(engine), to
        self.engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.sealer = SecretSealer(settings.seal_key)
        self.places = Places(settings.webhook_in_flight)
        self.lease = timedelta(seconds=settings.webhook_lease_seconds)
        self.in_flight: dict[asyncio.Task[None], ClaimedDelivery] = {}
        self.delivered: list[DeliveredAttempt] = []
        self.woken = asyncio.Event()
        self.gathering = False

    async def run(self, connection_ended: Callable[[], bool]) -> None:
        """Send while woken by NOTIFY, then wait a few seconds for the answers that are still to come."""
        try:
            async with self.engine.connect() as connection:
                while not connection_ended():
                    self.woken.clear()
                    has_more = await self.start_due(connection)
                    await self.record_delivered(connection)
                    if not has_more:
                        await self.wait_for_work()
        finally:
            await self.finish()

    async def wait_for_work(self) -> None:
        """Wait until something may be due; not by wait_for, which can swallow a cancellation in 3.11."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(POLL_SECONDS):
                await self.woken.wait()

    async def finish(self) -> None:
        """Wait a few seconds for answers and record them; the rest is cut off."""
        if self.in_flight:
            _, late = await asyncio.wait(self.in_flight, timeout=STOPPING_SECONDS)
            for task in late:
                task.cancel()
        with contextlib.suppress(*DATABASE_AWAY):
            # A connection of its own, because a cancelled statement breaks the connection that it ran on.
            async with self.engine.connect() as connection:
                await self.record_delivered(connection)

    async def record_delivered(self, connection: AsyncConnection) -> None:
        """Record together all that was delivered since the last time."""
        if delivered := list(self.delivered):
            await queue.record_delivered(connection, delivered)
            del self.delivered[: len(delivered)]

    async def start_due(self, connection: AsyncConnection) -> bool:
        """Start as many deliveries as are due and have a place; True when more may be due."""
        flying = [each.endpoint_id for each in self.in_flight.values()]
        free = self.places.total - len(flying)
        if free <= 0:
            return False
        claims = await queue.claim_due(connection, self.places, flying, self.lease)
        for each in claims:
            task = asyncio.create_task(self.deliver(each))
            self.in_flight[task] = each
            task.add_done_callback(self.release_place)
        return len(claims) >= free

    def release_place(self, task: asyncio.Task[None]) -> None:
        """Free the place of a finished delivery, to be filled with those that are freed soon after."""
        self.in_flight.pop(task, None)
        if not self.gathering:
            self.gathering = True
            asyncio.get_running_loop().call_later(GATHER_SECONDS, self.wake)

    def wake(self) -> None:
        """Look for work now."""
        self.gathering = False
        self.woken.set()

    async def deliver(self, claimed: ClaimedDelivery) -> None:
        """Send one delivery and record its outcome, whatever it is."""
        attempted_at = now()
        try:
            outcome = await self.send(claimed)
        except Exception as error:
            # A fault of ours is an outcome too: without one the delivery would be sent again for ever.
            log.error("delivery_broke", error=type(error).__name__, at=places_of(error))
            outcome = AttemptOutcome(error=OUR_FAULT)
        attempts_total.labels("delivered" if outcome.delivered else "failed").inc()
        if outcome.delivered:
            self.delivered.append(DeliveredAttempt(claimed, outcome, attempted_at))
            return
        # What cannot be stored of an answer is left out: the attempt counts all the same.
        bare = AttemptOutcome(outcome.took_ms, error=OUR_FAULT)
        if not await self.record_failed(claimed, outcome, attempted_at):
            await self.record_failed(claimed, bare, attempted_at)

    async def record_failed(
        self, claimed: ClaimedDelivery, outcome: AttemptOutcome, attempted_at: datetime
    ) -> bool:
        """Record a failed attempt; False if that is impossible, as while the database is away."""
        try:
            async with self.sessions.begin() as session:
                await queue.record_failed(session, claimed, outcome, attempted_at)
        except Exception as error:
            log.warning("delivery_unrecorded", delivery=str(claimed.delivery_id), error=type(error).__name__)
            return False
        return True

    async def send(self, claimed: ClaimedDelivery) -> AttemptOutcome:
        """Sign a delivery for this attempt and send it."""
        sealed = [claimed.secret_sealed, claimed.previous_secret_sealed]
        try:
            secrets = [self.sealer.unseal(claimed.endpoint_id, each) for each in sealed if each]
        except ValueError:
            log.error("secret_unreadable", endpoint=str(claimed.endpoint_id))
            return AttemptOutcome(error="secret_unreadable")
        headers = signed_headers(claimed.delivery_id, claimed.body, secrets, now())
        return await self.to.post(claimed.url, claimed.body, headers)


async def delete_old_deliveries(context: WorkerContext) -> None:
    """Delete deliveries, with their attempts, that were made longer ago than they are kept."""
    instant = now() - timedelta(days=settings_of(context).webhook_kept_days)
    await until_done(partial(queue.delete_deliveries_before, instant=instant))(context)


async def move_left_unsent(context: WorkerContext) -> None:
    """Go on with endpoints that were enabled, disabled or deleted while very much waited for them."""
    await until_done(queries.move_next_unsent)(context)


def settings_of(context: WorkerContext) -> GatewaySettings:
    """The settings of the gateway's worker."""
    if not isinstance(context.settings, GatewaySettings):
        raise TypeError("webhooks are delivered with the gateway's settings")
    return context.settings


async def deliver_webhooks(context: WorkerContext) -> None:
    """Deliver webhooks until cancelled; ends when the database fails, to be started again."""
    settings = settings_of(context)
    guard = AddressGuard(settings.allowed_networks)
    async with open_sender(guard, settings.webhook_timeout_seconds) as to:
        worker = DeliveryWorker(context.engine, settings, to)
        async with listening(settings.database_url, CHANNEL, worker.woken.set) as connection:
            context.started.add(deliver_webhooks.__name__)
            await worker.run(connection.is_closed)
