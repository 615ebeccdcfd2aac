"""The outbox: an event is saved with the row it is about and published from here, by nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, Identity, Index, SmallInteger, Text, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import Plumbing, Versioned
from shared.events.base import Envelope, Event
from shared.logs import current_traceparent, log

PARTITIONS = 16
CHANNEL = "outbox"


class Outbox(Plumbing):
    """An event that is saved and, once the broker has acknowledged it, published."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_unpublished", "partition", "position", postgresql_where=text("published_at IS NULL")
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


def outbox_values(event: Event, sequence: int, *, at: datetime | None = None) -> dict[str, Any]:
    """Return the outbox row of an event, for the statements that insert row and event together."""
    envelope = Envelope.wrap(event, sequence, at=at, traceparent=current_traceparent())
    return {
        "id": envelope.id,
        "partition": envelope.subject.int % PARTITIONS,
        "aggregate_id": envelope.subject,
        "sequence": sequence,
        "type": envelope.type,
        "body": envelope.body(),
    }


def record(session: AsyncSession, aggregate: Versioned, event: Event) -> None:
    """Save an event with the change it tells of; the aggregate has to be new or locked."""
    aggregate.version = (aggregate.version or 0) + 1
    session.add(Outbox(**outbox_values(event, aggregate.version)))
    session.info["recorded"] = True


class Waker:
    """Wakes the relay after commits, with at most one NOTIFY in 5 ms on a connection of its own.

    NOTIFY inside a product's transaction would take a lock on the whole database at each commit.
    """

    INTERVAL_SECONDS = 0.005

    def __init__(self, database_url: str) -> None:
        self.database_url = database_url
        self.asked = asyncio.Event()

    def wake(self) -> None:
        """Ask for a NOTIFY soon and return at once; one that is lost only delays, for the relay polls too."""
        self.asked.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Waker"]:
        """Run while the block runs."""
        task = asyncio.create_task(self._run())
        try:
            yield self
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> None:
        while True:
            try:
                await self._notify_when_asked()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
                log.warning("waker_reconnects", error=type(error).__name__)
                await asyncio.sleep(0.5)

    async def _notify_when_asked(self) -> None:
        connection = await asyncpg.connect(self.database_url, timeout=10)
        try:
            while True:
                await self.asked.wait()
                self.asked.clear()
                await connection.execute(f"NOTIFY {CHANNEL}")
                await asyncio.sleep(self.INTERVAL_SECONDS)
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                await connection.close(timeout=2)
