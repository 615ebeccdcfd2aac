"""What the tests of webhooks do again and again: make endpoints, tell events, run workers, look at rows."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.gateway.settings import GatewaySettings
from services.gateway.webhooks import domain
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.delivering import DeliveryWorker
from services.gateway.webhooks.models import Attempt, Delivery, Endpoint
from services.gateway.webhooks.schemas import EndpointChange, NewEndpoint
from services.gateway.webhooks.sending import open_sender
from services.gateway.webhooks.signing import SecretSealer
from shared.auth import Caller
from shared.clock import now
from shared.db import make_sessions
from shared.events import Envelope, Event
from shared.events.feedback import FeedbackPublished
from shared.ids import new_id
from shared.versions import Wanted


def feedback_published(*organisations: UUID, **fields: Any) -> FeedbackPublished:
    """An event that concerns these organisations."""
    return FeedbackPublished(
        **{
            "feedback_id": new_id(),
            "kind": "comment",
            "state": "published",
            "previous_state": "received",
            "reply_ref": "not to be told",
            "received_at": now(),
            "organisations": organisations,
        }
        | fields
    )


class Hooks:
    """Works on the gateway's real database."""

    def __init__(self, engine: AsyncEngine, settings: GatewaySettings) -> None:
        self.engine, self.settings = engine, settings
        self.sessions = make_sessions(engine)
        self.committing = engine.execution_options(isolation_level="AUTOCOMMIT")
        self.sealer = SecretSealer(settings.seal_key)
        self.running: dict[DeliveryWorker, asyncio.Task[None]] = {}

    async def endpoint(
        self, url: str | None, organisation_id: UUID | None = None, **fields: Any
    ) -> tuple[Endpoint, str]:
        """Make an endpoint and return it with its secret."""
        caller = Caller(client_id=new_id(), organisation_id=organisation_id or new_id())
        guard = AddressGuard(self.settings.allowed_networks)
        async with self.sessions.begin() as session:
            made = await domain.create_endpoint(
                session, caller, NewEndpoint(url=url, **fields), guard, self.sealer
            )
        return made.endpoint, made.secret

    async def change(self, endpoint: Endpoint, **fields: Any) -> Endpoint:
        """Change an endpoint as its owner does."""
        caller = Caller(client_id=endpoint.client_id, organisation_id=endpoint.organisation_id)
        guard, version = AddressGuard(self.settings.allowed_networks), (await self.again(endpoint)).version
        async with self.sessions.begin() as session:
            return await domain.update_endpoint(
                session, caller, endpoint.id, EndpointChange(**fields), Wanted(version), guard
            )

    async def delete(self, endpoint: Endpoint) -> None:
        """Delete an endpoint as its owner does."""
        caller = Caller(client_id=endpoint.client_id, organisation_id=endpoint.organisation_id)
        async with self.sessions.begin() as session:
            await domain.delete_endpoint(session, caller, endpoint.id)

    async def rotate(self, endpoint: Endpoint) -> str:
        """Give an endpoint a new secret and return it."""
        caller = Caller(client_id=endpoint.client_id, organisation_id=endpoint.organisation_id)
        async with self.sessions.begin() as session:
            return (await domain.rotate_secret(session, caller, endpoint.id, self.sealer)).secret

    async def tell(self, event: Event, *, envelope: Envelope | None = None) -> Envelope:
        """Tell of an event as the consumer does."""
        envelope = envelope or Envelope.wrap(event, 1)
        async with self.sessions.begin() as session:
            await domain.notify_endpoints(session, [envelope])
        return envelope

    async def told(self, endpoint: Endpoint, count: int = 1) -> list[Delivery]:
        """Tell an endpoint of some events of its organisation and return its deliveries."""
        for _ in range(count):
            await self.tell(feedback_published(endpoint.organisation_id))
        return await self.deliveries(endpoint)

    async def deliveries(self, endpoint: Endpoint) -> list[Delivery]:
        """An endpoint's deliveries, oldest first."""
        async with self.sessions() as session:
            mine = select(Delivery).where(Delivery.endpoint_id == endpoint.id).order_by(Delivery.id)
            return list(await session.scalars(mine))

    async def states(self, endpoint: Endpoint) -> list[str]:
        """The states of an endpoint's deliveries."""
        return [delivery.state for delivery in await self.deliveries(endpoint)]

    async def attempts(self, delivery: Delivery) -> list[Attempt]:
        """The attempts of a delivery, oldest first."""
        async with self.sessions() as session:
            attempts = select(Attempt).where(Attempt.delivery_id == delivery.id).order_by(Attempt.id)
            return list(await session.scalars(attempts))

    async def again(self, endpoint: Endpoint) -> Endpoint:
        """An endpoint as it is now."""
        async with self.sessions() as session:
            return await session.get_one(Endpoint, endpoint.id)

    async def named(self, endpoint_id: str) -> Endpoint:
        """The endpoint with this id."""
        async with self.sessions() as session:
            return await session.get_one(Endpoint, UUID(endpoint_id))

    async def until_attempts(self, delivery: Delivery, count: int) -> None:
        """Look until a delivery was tried so often."""

        async def reached() -> bool:
            return len(await self.attempts(delivery)) == count

        await self.until(reached)

    async def execute(self, statement: str, **values: Any) -> None:
        """Change rows, where a test has to bring about what takes hours."""
        async with self.engine.begin() as connection:
            await connection.execute(text(statement), values)

    async def make_due(self, endpoint: Endpoint, attempts: int) -> None:
        """Let the deliveries of an endpoint be due after this many attempts that failed over hours."""
        await self.execute(
            "UPDATE webhook_delivery"
            " SET attempts = :attempts, next_attempt_at = now(), first_attempt_at = :began"
            " WHERE endpoint_id = :id",
            attempts=attempts,
            began=now() - timedelta(hours=76),
            id=endpoint.id,
        )

    @asynccontextmanager
    async def worker(self, **overrides: Any) -> AsyncIterator[DeliveryWorker]:
        """Run a worker while the block runs."""
        settings = self.settings.model_copy(update=overrides)
        async with open_sender(
            AddressGuard(settings.allowed_networks), settings.webhook_timeout_seconds
        ) as to:
            worker = DeliveryWorker(self.engine, settings, to)
            task = self.running[worker] = asyncio.create_task(worker.run(lambda: False))
            try:
                yield worker
            finally:
                if not task.cancel():
                    task.result()
                await asyncio.wait([task], timeout=20)

    async def until_resting(self, worker: DeliveryWorker) -> None:
        """Wait until a worker has nothing to do."""
        worker.woken.set()

        async def resting() -> bool:
            return not worker.woken.is_set() and not worker.in_flight

        await self.until(resting)
        await asyncio.sleep(0.05)

    async def until_ended(self, worker: DeliveryWorker) -> None:
        """Wait until a worker ends by itself."""
        await asyncio.wait([self.running[worker]], timeout=10)

    async def until(self, holds: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
        """Look at the database until something holds."""
        async with asyncio.timeout(seconds):
            while True:
                if await holds():
                    return
                await asyncio.sleep(0.02)

    async def until_states(self, endpoint: Endpoint, *states: str, seconds: float = 20) -> None:
        """Look until the deliveries of an endpoint have these states."""

        async def reached() -> bool:
            return await self.states(endpoint) == list(states)

        await self.until(reached, seconds)

    async def cut_connections(self) -> None:
        """End all other connections to the database, as its restart does."""
        await self.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
        )

    async def clear(self) -> None:
        """Forget all endpoints and what was sent to them."""
        await self.execute("DELETE FROM webhook_delivery")
        await self.execute("DELETE FROM webhook_endpoint")
