"""Pulling: the same signed events, fetched by a subscriber that we cannot connect to."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from services.gateway.webhooks import queries
from services.gateway.webhooks.models import Delivery, Endpoint
from services.gateway.webhooks.signing import SecretSealer, signed_headers
from shared.clock import now
from shared.errors import invalid

LOOK_AGAIN_SECONDS = 0.5
NUMBERED_MAX = 1000
# How many pulls wait at a time: of one organisation, and of all together.
WAITING_OF_ONE_MAX, WAITING_MAX = 10, 60


class WaitingPlaces:
    """The pulls that wait in this process: each looks twice a second, on connections that all share."""

    def __init__(self) -> None:
        self.taken: Counter[UUID] = Counter()

    @contextlib.contextmanager
    def place(self, organisation_id: UUID) -> Iterator[bool]:
        """Take a place of an organisation while the block runs; False when there is none left to wait in."""
        has_place = self.taken[organisation_id] < WAITING_OF_ONE_MAX and self.taken.total() < WAITING_MAX
        self.taken[organisation_id] += has_place
        try:
            yield has_place
        finally:
            self.taken[organisation_id] -= has_place
            self.taken += Counter()  # forgets organisations that have none waiting


class PulledDelivery(NamedTuple):
    """One event with its place and the headers that it would have been sent with."""

    position: int
    headers: dict[str, str]
    body: str


async def wait_for_events(
    sessions: async_sessionmaker[AsyncSession],
    sealer: SecretSealer,
    owner: UUID,
    endpoint_id: UUID,
    *,
    after: int,
    limit: int,
    wait_seconds: float,
    stopping: asyncio.Event,
) -> list[PulledDelivery]:
    """An endpoint's events after a place; waits for the first without holding a database connection.

    When the gateway stops, it waits no longer.
    """
    ends = asyncio.get_running_loop().time() + wait_seconds
    while True:
        async with sessions.begin() as session:
            found = await pull_events(session, sealer, owner, endpoint_id, after, limit)
        left = ends - asyncio.get_running_loop().time()
        if found or left <= 0 or stopping.is_set():
            return found
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(left, LOOK_AGAIN_SECONDS)):
                await stopping.wait()


async def pull_events(
    session: AsyncSession, sealer: SecretSealer, owner: UUID, endpoint_id: UUID, after: int, limit: int
) -> list[PulledDelivery]:
    """An endpoint's events after a place; all up to that place are recorded as delivered."""
    endpoint = await queries.find_endpoint(session, owner, endpoint_id)
    if await queries.has_unnumbered(session, endpoint_id):
        endpoint = await queries.lock_endpoint(session, owner, endpoint_id)
        await number_deliveries(session, endpoint)
    if after > endpoint.numbered:
        raise invalid("/query/after", "is beyond the last event of this endpoint. Start again from 0.")
    await acknowledge_pulled(session, endpoint_id, after)
    found = await queries.deliveries_after(session, endpoint_id, after, limit)
    return sign_deliveries(endpoint, found, sealer)


async def number_deliveries(session: AsyncSession, endpoint: Endpoint) -> None:
    """Number each delivery that is committed by now, under the endpoint's lock.

    Numbers given before the commit would let a reader miss a delivery that commits late.
    """
    place = func.row_number().over(order_by=Delivery.id) + endpoint.numbered
    fresh = (
        select(Delivery.id, place.label("place"))
        .where(Delivery.endpoint_id == endpoint.id, Delivery.position.is_(None))
        .order_by(Delivery.id)
        .limit(NUMBERED_MAX)
        .subquery()
    )
    numbering = update(Delivery).where(Delivery.id == fresh.c.id).values(position=fresh.c.place)
    endpoint.numbered += len((await session.scalars(numbering.returning(Delivery.id))).all())


async def acknowledge_pulled(session: AsyncSession, endpoint_id: UUID, after: int) -> None:
    """Record as delivered what was only for pulling, up to a place."""
    arrived = Delivery.endpoint_id == endpoint_id, Delivery.state == "for_pull", Delivery.position <= after
    await session.execute(update(Delivery).where(*arrived).values(state="delivered", delivered_at=func.now()))


def sign_deliveries(
    endpoint: Endpoint, found: Sequence[Delivery], sealer: SecretSealer
) -> list[PulledDelivery]:
    """Deliveries as they would be sent now."""
    at = now()
    secrets = live_secrets(endpoint, sealer) if found else []
    return [
        PulledDelivery(each.position, signed_headers(each.id, each.body, secrets, at), each.body)
        for each in found
        if each.position is not None
    ]


def live_secrets(endpoint: Endpoint, sealer: SecretSealer) -> list[bytes]:
    """The secrets that sign for an endpoint now: its own, and for 24 hours also the one before."""
    sealed = [endpoint.secret_sealed]
    until = endpoint.previous_secret_until
    if endpoint.previous_secret_sealed and until and until > now():
        sealed.append(endpoint.previous_secret_sealed)
    return [sealer.unseal(endpoint.id, each) for each in sealed]
