"""The queue of deliveries, in PostgreSQL: claiming what is due under a lease, and recording the outcome."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Interval, Uuid, bindparam, delete, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.gateway.webhooks.domain import schedule_next_attempt
from services.gateway.webhooks.models import Attempt, Delivery, Endpoint
from services.gateway.webhooks.sending import AttemptOutcome
from shared.db import locked

# One endpoint never takes all the places. One that fails takes few, so that others do not wait for it.
PLACES_PER_ENDPOINT = 16
PLACES_WHEN_FAILING = 2

CLAIM = text("""
    WITH waiting AS (
        SELECT id, endpoint_id, next_attempt_at FROM webhook_delivery
        WHERE state = 'pending' AND next_attempt_at <= now() AND endpoint_id <> ALL (:busy)
        ORDER BY next_attempt_at LIMIT 500
    ), ranked AS (
        SELECT id, row_number() OVER (PARTITION BY endpoint_id ORDER BY next_attempt_at, id) AS place
        FROM waiting
    ), due AS (
        SELECT d.id FROM webhook_delivery d
        JOIN ranked r ON r.id = d.id
        JOIN webhook_endpoint e ON e.id = d.endpoint_id
        WHERE d.state = 'pending' AND d.next_attempt_at <= now()
          AND r.place <= CASE WHEN e.failing_since IS NULL THEN :places ELSE :failing_places END
        ORDER BY d.next_attempt_at LIMIT :free
        FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE webhook_delivery d
    SET next_attempt_at = now() + :lease, first_attempt_at = coalesce(d.first_attempt_at, now())
    FROM due, webhook_endpoint e
    WHERE d.id = due.id AND e.id = d.endpoint_id
    RETURNING d.id, d.endpoint_id, d.body, d.next_attempt_at, e.url, e.failing_since IS NOT NULL AS failing,
        e.secret_sealed, CASE WHEN e.previous_secret_until > now() THEN e.previous_secret_sealed END
""").bindparams(
    bindparam("busy", type_=ARRAY(Uuid)),
    bindparam("lease", type_=Interval),
    bindparam("places", PLACES_PER_ENDPOINT, type_=Integer),
    bindparam("failing_places", PLACES_WHEN_FAILING, type_=Integer),
)

# Every statement locks rows in the order of their ids, so that none deadlocks. A worker that is cancelled
# while it records an attempt records it once more: an attempt that is already there is left out.
DELIVERED = text("""
    WITH through AS (
        SELECT * FROM unnest(:ids, :attempted_at, :took_ms, :statuses)
        AS t (id, attempted_at, took_ms, status)
        WHERE NOT EXISTS (
            SELECT FROM webhook_attempt a WHERE a.delivery_id = t.id AND a.attempted_at = t.attempted_at
        )
    ), locked AS (
        SELECT id FROM webhook_delivery WHERE id IN (SELECT id FROM through) ORDER BY id FOR UPDATE
    ), recorded AS (
        UPDATE webhook_delivery d
        SET state = 'delivered', attempts = attempts + 1, delivered_at = now(), next_attempt_at = NULL
        FROM locked WHERE d.id = locked.id
    )
    INSERT INTO webhook_attempt (delivery_id, attempted_at, took_ms, status)
    SELECT through.id, attempted_at, took_ms, status FROM through JOIN locked ON locked.id = through.id
""").bindparams(
    bindparam("ids", type_=ARRAY(Uuid)),
    bindparam("attempted_at", type_=ARRAY(DateTime(timezone=True))),
    bindparam("took_ms", type_=ARRAY(Integer)),
    bindparam("statuses", type_=ARRAY(Integer)),
)
GOT_THROUGH = text(
    "UPDATE webhook_endpoint SET failing_since = NULL WHERE id = ANY (:ids) AND failing_since IS NOT NULL"
).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this worker must send before its lease ends."""

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


@dataclass(frozen=True, slots=True)
class DeliveredAttempt:
    """An attempt that succeeded."""

    claim: ClaimedDelivery
    outcome: AttemptOutcome
    attempted_at: datetime


async def claim_due(
    connection: AsyncConnection, free: int, busy: Collection[UUID], lease: timedelta
) -> Sequence[ClaimedDelivery]:
    """Claim up to `free` deliveries that are due, for the time of the lease, in one statement."""
    rows = await connection.execute(CLAIM, {"free": free, "busy": list(busy), "lease": lease})
    return [ClaimedDelivery(*row) for row in rows]


async def record_delivered(connection: AsyncConnection, through: Sequence[DeliveredAttempt]) -> None:
    """Record, in one statement, that these were delivered."""
    await connection.execute(
        DELIVERED,
        {
            "ids": [each.claim.delivery_id for each in through],
            "attempted_at": [each.attempted_at for each in through],
            "took_ms": [each.outcome.took_ms for each in through],
            "statuses": [each.outcome.status for each in through],
        },
    )
    if failing := [each.claim.endpoint_id for each in through if each.claim.failing]:
        await connection.execute(GOT_THROUGH, {"ids": failing})


async def record_failed(
    session: AsyncSession, claimed: ClaimedDelivery, outcome: AttemptOutcome, attempted_at: datetime
) -> None:
    """Record that an attempt failed, and when the next one is due."""
    endpoint = await locked(session, Endpoint, claimed.endpoint_id)
    delivery = await session.get_one(Delivery, claimed.delivery_id, with_for_update=True)
    session.add(
        Attempt(
            delivery_id=delivery.id,
            attempted_at=attempted_at,
            took_ms=outcome.took_ms,
            status=outcome.status,
            error=outcome.error,
            excerpt=outcome.excerpt,
        )
    )
    # Another instant means that the lease ran out or that the delivery was moved meanwhile: that stands.
    if delivery.state == "pending" and delivery.next_attempt_at == claimed.leased_until:
        await schedule_next_attempt(session, endpoint, delivery, gone=outcome.gone, asked=outcome.retry_after)


async def delete_ended_before(session: AsyncSession, instant: datetime) -> None:
    """Delete ended deliveries from before an instant; those still to be sent are kept."""
    ended = Delivery.created_at < instant, Delivery.state.in_(("delivered", "failed", "dropped"))
    await session.execute(delete(Delivery).where(*ended))
