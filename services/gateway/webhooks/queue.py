"""The queue of deliveries, in PostgreSQL: claiming what is due under a lease, recording what came of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, Integer, Interval, Uuid, bindparam, delete, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.gateway.webhooks.domain import settle_failure
from services.gateway.webhooks.models import Attempt, Delivery, Endpoint
from services.gateway.webhooks.sending import Outcome
from shared.db import locked

# One endpoint never takes all the places; one that fails takes few, so that the others do not wait for it.
PLACES_PER_ENDPOINT = 16
PLACES_WHEN_FAILING = 2

CLAIM = text("""
    WITH waiting AS (
        SELECT id, endpoint_id, next_try_at FROM webhook_delivery
        WHERE state = 'pending' AND next_try_at <= now() AND endpoint_id <> ALL (:busy)
        ORDER BY next_try_at LIMIT 500
    ), ranked AS (
        SELECT id, row_number() OVER (PARTITION BY endpoint_id ORDER BY next_try_at, id) AS place FROM waiting
    ), due AS (
        SELECT d.id FROM webhook_delivery d
        JOIN ranked r ON r.id = d.id
        JOIN webhook_endpoint e ON e.id = d.endpoint_id
        WHERE d.state = 'pending' AND d.next_try_at <= now()
          AND r.place <= CASE WHEN e.failing_since IS NULL THEN :places ELSE :failing_places END
        ORDER BY d.next_try_at LIMIT :free
        FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE webhook_delivery d
    SET next_try_at = now() + :lease, first_tried_at = coalesce(d.first_tried_at, now())
    FROM due, webhook_endpoint e
    WHERE d.id = due.id AND e.id = d.endpoint_id
    RETURNING d.id, d.endpoint_id, d.body, d.next_try_at, e.url, e.failing_since IS NOT NULL AS failing,
        e.secret_sealed, CASE WHEN e.previous_secret_until > now() THEN e.previous_secret_sealed END
""").bindparams(
    bindparam("busy", type_=ARRAY(Uuid)),
    bindparam("lease", type_=Interval),
    bindparam("places", PLACES_PER_ENDPOINT, type_=Integer),
    bindparam("failing_places", PLACES_WHEN_FAILING, type_=Integer),
)

DELIVERED = text("""
    WITH delivered AS (
        UPDATE webhook_delivery
        SET state = 'delivered', tries = tries + 1, delivered_at = now(), next_try_at = NULL WHERE id = :id
    )
    INSERT INTO webhook_attempt (delivery_id, tried_at, took_ms, status)
    VALUES (:id, :tried_at, :took_ms, :status)
""")
GOT_THROUGH = text(
    "UPDATE webhook_endpoint SET failing_since = NULL WHERE id = :endpoint_id AND failing_since IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that this worker is to send before its lease ends."""

    delivery_id: UUID
    endpoint_id: UUID
    body: str
    leased_until: datetime
    url: str
    failing: bool
    secret_sealed: bytes
    previous_secret_sealed: bytes | None

    @property
    def places(self) -> int:
        """How many deliveries of its endpoint one worker may have in flight."""
        return PLACES_WHEN_FAILING if self.failing else PLACES_PER_ENDPOINT


async def claim(engine: AsyncEngine, free: int, busy: Collection[UUID], lease: timedelta) -> Sequence[Claim]:
    """Claim up to `free` deliveries that are due, for the time of the lease, in one statement."""
    values = {"free": free, "busy": list(busy), "lease": lease}
    async with engine.connect() as connection:
        return [Claim(*row) for row in await connection.execute(CLAIM, values)]


async def record_delivered(engine: AsyncEngine, claimed: Claim, outcome: Outcome, tried_at: datetime) -> None:
    """Record that the subscriber has it."""
    values = {"id": claimed.delivery_id, "tried_at": tried_at}
    async with engine.connect() as connection:
        await connection.execute(DELIVERED, values | {"took_ms": outcome.took_ms, "status": outcome.status})
        if claimed.failing:
            await connection.execute(GOT_THROUGH, {"endpoint_id": claimed.endpoint_id})


async def record_failed(session: AsyncSession, claimed: Claim, outcome: Outcome, tried_at: datetime) -> None:
    """Record that it did not get through, and when it is tried again."""
    endpoint = await locked(session, Endpoint, claimed.endpoint_id)
    delivery = await session.get_one(Delivery, claimed.delivery_id, with_for_update=True)
    session.add(
        Attempt(
            delivery_id=delivery.id,
            tried_at=tried_at,
            took_ms=outcome.took_ms,
            status=outcome.status,
            error=outcome.error,
            excerpt=outcome.excerpt,
        )
    )
    # Another instant means that the lease ran out, or that somebody moved it meanwhile: theirs stands.
    if delivery.state == "pending" and delivery.next_try_at == claimed.leased_until:
        await settle_failure(session, endpoint, delivery, gone=outcome.gone, asked=outcome.asked_wait)


async def forget_before(session: AsyncSession, instant: datetime) -> None:
    """Delete deliveries of before an instant that came to their end; what is still to be sent is kept."""
    ended = Delivery.created_at < instant, Delivery.state.in_(("delivered", "failed", "dropped"))
    await session.execute(delete(Delivery).where(*ended))
