"""The queue of deliveries, in PostgreSQL: claiming what is due under a lease, and recording the outcome."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, Integer, Interval, Uuid, bindparam, delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.gateway.webhooks.domain import schedule_next_attempt
from services.gateway.webhooks.models import Attempt, Delivery, Endpoint
from services.gateway.webhooks.sending import AttemptOutcome
from shared.db import locked

PLACES_WHEN_FAILING = 2
# So few at once that nobody waits long for their locks.
DELETED_TOGETHER = 5000


@dataclass(frozen=True, slots=True)
class Places:
    """How many deliveries one worker has in flight at most.

    No endpoint and no organisation takes all of them, and those that fail never take what is kept for others.
    """

    total: int

    @property
    def of_endpoint(self) -> int:
        """How many of one endpoint."""
        return max(1, self.total // 4)

    @property
    def of_organisation(self) -> int:
        """How many of all endpoints of one organisation."""
        return max(1, self.total // 2)

    @property
    def of_failing(self) -> int:
        """How many of all endpoints whose latest attempts failed."""
        return max(1, self.total // 4)


# Each endpoint is asked for as many as it has places for: a backlog of one is never read to find another's.
# Rows are found by arrays of ids, because a plan with joins is a bad one while the statistics are old.
# None waits until its claim is on disk: one that is lost with PostgreSQL is as one whose lease ran out.
CLAIM = text("""
    WITH unwaited AS (
        SELECT set_config('synchronous_commit', 'off', true)
    ), flying AS (
        SELECT e.id, e.organisation_id, e.failing_since IS NOT NULL AS failing, count(*) AS number
        FROM unnest(:flying) AS f (endpoint_id) JOIN webhook_endpoint e ON e.id = f.endpoint_id
        GROUP BY e.id
    ), by_organisation AS (
        SELECT organisation_id, sum(number) AS number FROM flying GROUP BY organisation_id
    ), by_failing AS (
        SELECT coalesce(sum(number), 0) AS number FROM flying WHERE failing
    ), waiting AS (
        SELECT d.id, d.next_attempt_at AS due_at, e.organisation_id, s.failing,
            coalesce(o.number, 0) AS by_organisation, b.number AS by_failing
        FROM webhook_endpoint e
        CROSS JOIN LATERAL (SELECT e.failing_since IS NOT NULL AS failing,
            CASE WHEN e.failing_since IS NULL THEN :places ELSE least(:places, :failing_places) END AS places
        ) s
        LEFT JOIN flying f ON f.id = e.id
        LEFT JOIN by_organisation o ON o.organisation_id = e.organisation_id
        CROSS JOIN by_failing b
        CROSS JOIN LATERAL (
            SELECT id, next_attempt_at FROM webhook_delivery
            WHERE endpoint_id = e.id AND state = 'pending' AND next_attempt_at <= now()
            ORDER BY next_attempt_at LIMIT greatest(0, s.places - coalesce(f.number, 0))
        ) d
        -- What waits for an endpoint is moved in pieces: some is still pending where nothing may be sent.
        WHERE e.deleted_at IS NULL AND e.disabled_at IS NULL AND e.url IS NOT NULL
          AND coalesce(o.number, 0) < :organisation_places
          AND (NOT s.failing OR b.number < :all_failing_places)
    ), within_organisation AS (
        SELECT *, by_organisation
            + row_number() OVER (PARTITION BY organisation_id ORDER BY due_at, id) AS nth_of_organisation
        FROM waiting
    ), within_failing AS (
        SELECT *, by_failing
            + row_number() OVER (PARTITION BY failing ORDER BY due_at, id) AS nth_of_failing
        FROM within_organisation WHERE nth_of_organisation <= :organisation_places
    ), due AS (
        SELECT id FROM webhook_delivery
        WHERE id = ANY (ARRAY (
            SELECT id FROM within_failing WHERE NOT failing OR nth_of_failing <= :all_failing_places
        )) AND state = 'pending' AND next_attempt_at <= now()
        ORDER BY next_attempt_at LIMIT :free
        FOR UPDATE SKIP LOCKED
    )
    UPDATE webhook_delivery d
    SET next_attempt_at = now() + :lease, first_attempt_at = coalesce(d.first_attempt_at, now())
    FROM webhook_endpoint e CROSS JOIN unwaited
    WHERE d.id = ANY (ARRAY (SELECT id FROM due)) AND e.id = d.endpoint_id
    RETURNING d.id, d.endpoint_id, d.body, d.next_attempt_at, e.url, e.failing_since IS NOT NULL AS failing,
        e.secret_sealed, CASE WHEN e.previous_secret_until > now() THEN e.previous_secret_sealed END
""").bindparams(
    bindparam("flying", type_=ARRAY(Uuid)),
    bindparam("lease", type_=Interval),
    bindparam("places", type_=Integer),
    bindparam("organisation_places", type_=Integer),
    bindparam("failing_places", PLACES_WHEN_FAILING, type_=Integer),
    bindparam("all_failing_places", type_=Integer),
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


@dataclass(frozen=True, slots=True)
class DeliveredAttempt:
    """An attempt that succeeded."""

    claim: ClaimedDelivery
    outcome: AttemptOutcome
    attempted_at: datetime


async def claim_due(
    connection: AsyncConnection, places: Places, flying: Sequence[UUID], lease: timedelta
) -> Sequence[ClaimedDelivery]:
    """Claim what is due and has a place, for the time of the lease, in one statement.

    `flying` names the endpoint of each delivery that is in flight already.
    """
    values = {
        "flying": flying,
        "free": places.total - len(flying),
        "lease": lease,
        "places": places.of_endpoint,
        "organisation_places": places.of_organisation,
        "all_failing_places": places.of_failing,
    }
    rows = await connection.execute(CLAIM, values)
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


async def delete_deliveries_before(session: AsyncSession, instant: datetime) -> int:
    """Delete some deliveries from before an instant, also those held or not pulled; return how many.

    What is being sent is kept. What somebody has locked is left for the next time.
    """
    old = select(Delivery.id).where(Delivery.created_at < instant, Delivery.state != "pending")
    some = old.limit(DELETED_TOGETHER).with_for_update(skip_locked=True)
    gone = delete(Delivery).where(Delivery.id.in_(some)).returning(Delivery.id)
    return len((await session.scalars(gone)).all())
