"""The outbox: an event is saved with the row it is about and published from here, by nothing else."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import datetime
from typing import TypedDict
from uuid import UUID

import asyncpg
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import PubAck
from nats.js.errors import APIError
from sqlalchemy import BigInteger, Identity, Index, SmallInteger, Text, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from shared import metrics
from shared.bus import run_of_broker
from shared.db import Driver, Plumbing, Versioned, repeat_in_transactions, wake_after_commit
from shared.events.base import Event, write_envelope
from shared.logs import log, traceparent
from shared.outbox_notifier import CHANNEL
from shared.settings import ServiceSettings

PARTITIONS = 16
BATCH = 500
POLL_SECONDS = 1.0
ACKNOWLEDGE_SECONDS = 10
# The database ends the session of a relay that hangs for so long, so that another takes its partitions.
SILENCE_SECONDS, LIFE_SECONDS = 6, 2
# After a burst the statistics are old, and what was published is still in the index until somebody walks
# over it in its order: whatever they say, the relay walks it.
RELAY_SETTINGS = {
    "idle_session_timeout": f"{SILENCE_SECONDS}s",
    "enable_bitmapscan": "off",
    "enable_seqscan": "off",
    # A mark that is lost when PostgreSQL is killed costs a repeat, which the broker or the consumers drop.
    "synchronous_commit": "off",
}
LOCK_SPACE = 0x0B0C
RepublishAfter = Callable[[AsyncSession, UUID | None], Awaitable[Sequence[UUID]]]


class OutboxRow(TypedDict):
    """The columns of a new row, as statements take them."""

    id: UUID
    partition: int
    aggregate_id: UUID
    sequence: int
    type: str
    body: str


class Outbox(Plumbing):
    """An event that is saved and, once the broker has acknowledged it, published."""

    __tablename__ = "outbox"
    __table_args__ = (
        # In the order in which the relay asks, and with what it asks by: it reads no published row.
        Index(
            "ix_outbox_unpublished",
            "position",
            postgresql_include=["partition"],
            postgresql_where=text("published_at IS NULL"),
        ),
        Index("ix_outbox_published_at", "published_at"),
    )

    # Given by the database after the aggregate's lock: an id made before it would invert the order.
    position: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    partition: Mapped[int] = mapped_column(SmallInteger)
    aggregate_id: Mapped[UUID]
    sequence: Mapped[int]
    type: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime | None]


def outbox_values(event: Event, sequence: int, *, at: datetime | None = None) -> OutboxRow:
    """The outbox row of an event, for the statements that insert row and event together."""
    id_, body = write_envelope(event, sequence, at, traceparent.get())
    return {
        "id": id_,
        "partition": event.aggregate_id.int % PARTITIONS,
        "aggregate_id": event.aggregate_id,
        "sequence": sequence,
        "type": event.type,
        "body": body,
    }


def record(session: AsyncSession, aggregate: Versioned, event: Event) -> None:
    """Save an event with the change that it tells of; the aggregate must be new or locked."""
    aggregate.version = (aggregate.version or 0) + 1
    session.add(Outbox(**outbox_values(event, aggregate.version)))
    wake_after_commit(session)


async def republish_all(settings: ServiceSettings, republish_after: RepublishAfter) -> int:
    """Save the present state of everything for publishing, a batch in each transaction; return how many.

    `republish_after` saves the next batch after an id, and returns the ids in it.
    """
    last: UUID | None = None

    async def republish(session: AsyncSession) -> int:
        nonlocal last
        ids = await republish_after(session, last)
        last = ids[-1] if ids else None
        return len(ids)

    return await repeat_in_transactions(settings, republish)


class PublishingFailed(Exception):
    """The broker did not acknowledge an event: the relay starts again with what is not published."""


class Relay:
    """Publishes what is saved, in each aggregate's order, from whichever worker holds the partition."""

    UNPUBLISHED = """
        SELECT position, id, type || '.' || aggregate_id AS subject, body
        FROM outbox WHERE published_at IS NULL AND partition = ANY($1::smallint[]) AND position > $3
        ORDER BY position LIMIT $2
    """
    # What an earlier run of the broker stored may be lost: it is not marked, but published again.
    MARK = """
        WITH kept AS (SELECT broker FROM stream_position WHERE consumer = 'relay' AND stream = $2 FOR SHARE)
        UPDATE outbox SET published_at = now()
        WHERE position = ANY($1::bigint[]) AND NOT EXISTS (SELECT FROM kept WHERE broker <> $3)
    """
    AGE = "SELECT coalesce(extract(epoch FROM now() - uuid_extract_timestamp(id)), 0) FROM outbox \
           WHERE published_at IS NULL ORDER BY position LIMIT 1"
    # The oldest transaction that may still commit, and the first that has not begun.
    OLDEST, NEXT = (
        f"SELECT pg_snapshot_{which}(pg_current_snapshot())::text::bigint" for which in ("xmin", "xmax")
    )

    # The position of the relay says why the broker stores nothing; it is there once a stream was seen.
    REFUSED = "UPDATE stream_position SET refused = $2 WHERE consumer = 'relay' AND stream = $1 \
               AND refused IS DISTINCT FROM $2 RETURNING true"

    def __init__(self, service: str, database_url: str, client: Client) -> None:
        self.service, self.database_url, self.client = service, database_url, client
        self.stream, self.run_at_start = client.jetstream(timeout=10), run_of_broker(client)
        self.partitions: set[int] = set()
        # The last position that was published, that at the last look at all, and that at the one before; and
        # the first transaction that had not begun at the last look.
        self.last = self.seen = self.passed = self.next = 0
        # Why the broker refuses our events; what an earlier relay kept of that is not known yet.
        self.refused: str | None = "unknown"

    async def run(self) -> None:
        """Publish until cancelled; raises when database or broker fail, to be started again."""
        # Session locks live and die with this connection: another worker takes over when it is gone.
        connection = await asyncpg.connect(
            self.database_url, timeout=10, command_timeout=30, server_settings=RELAY_SETTINGS
        )
        woken, due = asyncio.Event(), 0.0
        try:
            await connection.add_listener(CHANNEL, lambda *_: woken.set())
            while True:
                woken.clear()
                # At a NOTIFY it skips what was published a second ago, which the index may be full of.
                if is_due := time.monotonic() >= due:
                    due = time.monotonic() + POLL_SECONDS
                    await self.take_partitions(connection)
                    oldest = await connection.fetchval(self.OLDEST)
                while await self.publish_batch(connection, 0 if is_due else self.passed) == BATCH:
                    pass
                if is_due:
                    await self.pass_over(connection, oldest)
                with contextlib.suppress(TimeoutError):
                    # Not wait_for: in Python 3.11 it swallows a cancellation that comes as the event is set.
                    async with asyncio.timeout(POLL_SECONDS):
                        await woken.wait()
        finally:
            connection.terminate()

    async def take_partitions(self, connection: Driver) -> None:
        """Lock the partitions that nobody else holds."""
        for partition in set(range(PARTITIONS)) - self.partitions:
            if await connection.fetchval("SELECT pg_try_advisory_lock($1, $2)", LOCK_SPACE, partition):
                self.partitions.add(partition)

    async def pass_over(self, connection: Driver, oldest: int) -> None:
        """Pass over what came before the last look, once no transaction can still commit anything there.

        What took its position earlier and is committed later comes before what follows it.
        """
        if oldest >= self.next:
            self.passed, self.seen, self.next = self.seen, self.last, await connection.fetchval(self.NEXT)
        metrics.backlog_age.labels(self.service).set(await connection.fetchval(self.AGE) or 0)

    async def publish_batch(self, connection: Driver, after: int) -> int:
        """Publish the oldest events, all in flight together, and mark those that the broker acknowledged."""
        rows = await connection.fetch(self.UNPUBLISHED, sorted(self.partitions), BATCH, after)
        if not rows:
            return 0
        if run_of_broker(self.client) != self.run_at_start:
            # What that may have lost is published again before these, so that each aggregate keeps its order.
            raise PublishingFailed("the broker was started again")
        flying = [
            await self.stream.publish_async(
                row["subject"], row["body"].encode(), headers=headers_of(row), wait_stall=5
            )
            for row in rows
        ]
        await self.wait_for_broker(connection, flying)
        done = [row["position"] for row, ack in zip(rows, flying, strict=True) if is_acknowledged(ack)]
        marked = await connection.execute(self.MARK, done, self.service, self.run_at_start)
        self.last = max(self.last, rows[-1]["position"])
        metrics.published.labels(self.service).inc(len(done))
        left = next((row for row, ack in zip(rows, flying, strict=True) if not is_acknowledged(ack)), None)
        await self.note_refusal(connection, await self.why_refused(left) if left else None)
        if marked != f"UPDATE {len(rows)}":
            raise PublishingFailed(f"{len(done)} of {len(rows)} were acknowledged: {marked}")
        return len(rows)

    async def wait_for_broker(self, connection: Driver, flying: Sequence[asyncio.Future[PubAck]]) -> None:
        """Wait until the broker has answered for each event, or for long enough, and show that we live."""
        ends = time.monotonic() + ACKNOWLEDGE_SECONDS
        left: Collection[asyncio.Future[PubAck]] = flying
        while left and time.monotonic() < ends:
            _, left = await asyncio.wait(left, timeout=LIFE_SECONDS)
            if left:
                await connection.execute("SELECT 1")

    async def why_refused(self, row: asyncpg.Record) -> str | None:
        """What the broker says against an event, such as that its store is full; None if it says nothing.

        The client drops such an answer to an event that was published without waiting, so this one waits.
        """
        try:
            await self.stream.publish(row["subject"], row["body"].encode(), headers=headers_of(row))
        except APIError as error:
            return error.description
        except (NatsError, OSError):
            return None
        return None

    async def note_refusal(self, connection: Driver, why: str | None) -> None:
        """Keep why the broker refuses our events, and say it once; None: it takes them."""
        if why == self.refused:
            return
        if await connection.fetchval(self.REFUSED, self.service, why) and why:
            log.error("broker_refuses_events", stream=self.service, why=why)
        self.refused = why


def headers_of(row: asyncpg.Record) -> dict[str, str]:
    """The id by which the broker knows an event that it already has."""
    return {"Nats-Msg-Id": str(row["id"])}


def is_acknowledged(ack: asyncio.Future[PubAck]) -> bool:
    """Whether the broker has stored the event."""
    return ack.done() and not ack.cancelled() and ack.exception() is None
