"""Positions: how far each consumer got in a stream, kept in its own database, and what went wrong there.

The broker may lose a stream or a durable consumer. What is made anew goes on from the position.
"""

from datetime import datetime, timedelta

from sqlalchemy import Text, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from shared import metrics
from shared.bus import Reach
from shared.clock import now
from shared.db import Plumbing
from shared.logs import log

# The relay's own row: it publishes into the stream.
RELAY = "relay"
# Clocks of brokers differ, and the position may be a little late: what comes twice does no harm.
OVERLAP = timedelta(minutes=10)
LATE = timedelta(minutes=15)
LETTERS = text("SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL AND discarded_at IS NULL")
PUBLISH_AGAIN = text("UPDATE outbox SET published_at = NULL WHERE published_at IS NOT NULL")
# A broker writes to disk every few seconds, and a relay marks what it published within a minute: what was
# marked earlier than this before the last mark, even a broker that lost its power still has.
PUBLISH_LATEST_AGAIN = text(
    "UPDATE outbox SET published_at = NULL "
    "WHERE published_at > (SELECT max(published_at) FROM outbox) - interval '2 minutes'"
)


class StreamPosition(Plumbing):
    """How far one consumer got in one stream, by the broker's clock."""

    __tablename__ = "stream_position"

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    stream: Mapped[str] = mapped_column(Text, primary_key=True)
    # Everything that the broker stored until then has been dealt with.
    reached_at: Mapped[datetime]
    stream_made_at: Mapped[datetime]
    # When we found that the stream or the durable consumer was gone, and made it again.
    made_anew_at: Mapped[datetime | None]
    # The stream no longer had what was stored between these when the consumer came to it.
    missed_since: Mapped[datetime | None]
    missed_until: Mapped[datetime | None]
    # Why the broker does not store our events.
    refused: Mapped[str | None] = mapped_column(Text)
    # The run of the broker that stored our events last; None where nobody has asked it yet.
    broker: Mapped[str | None] = mapped_column(Text)


async def find_position(session: AsyncSession, consumer: str, stream: str) -> StreamPosition | None:
    """The position of a consumer, locked; None for one that has none yet."""
    return await session.scalar(
        select(StreamPosition)
        .where(StreamPosition.consumer == consumer, StreamPosition.stream == stream)
        .with_for_update()
    )


async def keep_reach(session: AsyncSession, consumer: str, stream: str, reach: Reach) -> timedelta:
    """Keep how far a consumer got, name what it missed, and return how late it is."""
    position = await find_position(session, consumer, stream)
    if position is None:
        await begin_position(session, consumer, stream, reach)
        return timedelta(0)
    if reach.lost_until and position.reached_at < reach.lost_until:
        if position.missed_since is None:
            log.error("events_missed", consumer=consumer, stream=stream, until=reach.lost_until.isoformat())
        position.missed_since = position.missed_since or position.reached_at
        position.missed_until = reach.lost_until
    if reach.reached_at:
        position.reached_at = max(position.reached_at, reach.reached_at)
    position.stream_made_at = reach.stream_made_at
    lag = reach.looked_at - position.reached_at
    metrics.late.labels(consumer, stream).set(lag.total_seconds())
    metrics.missed.labels(consumer, stream).set(position.missed_since is not None)
    return lag


async def begin_position(
    session: AsyncSession, consumer: str, stream: str, reach: Reach, run: str | None = None
) -> None:
    """Keep the first position of a consumer, unless another worker did in this moment."""
    await session.execute(
        insert(StreamPosition)
        .values(
            consumer=consumer,
            stream=stream,
            reached_at=reach.reached_at or reach.looked_at,
            stream_made_at=reach.stream_made_at,
            broker=run,
        )
        .on_conflict_do_nothing()
    )


async def keep_own_stream(session: AsyncSession, service: str, seen: Reach, run: str) -> None:
    """Publish again what the broker may have lost.

    That is all that the outbox still has when the service's own stream is gone, and the latest after each
    start of the broker.
    """
    position = await find_position(session, RELAY, service)
    if position is None:
        await begin_position(session, RELAY, service, seen, run)
        return
    if position.stream_made_at != seen.stream_made_at:
        await session.execute(PUBLISH_AGAIN)
        note_made_anew(position)
    elif position.broker not in {None, run}:
        await session.execute(PUBLISH_LATEST_AGAIN)
    position.reached_at, position.stream_made_at, position.broker = seen.looked_at, seen.stream_made_at, run
    metrics.refused.labels(service).set(position.refused is not None)
    metrics.dead_letters.labels(service).set(await session.scalar(LETTERS) or 0)


def note_made_anew(position: StreamPosition) -> None:
    """Remember that the broker had lost a stream or a durable consumer, which goes on from its position."""
    position.made_anew_at = now()
    metrics.made_anew.labels(position.consumer, position.stream).inc()
    goes_on = position.reached_at.isoformat(timespec="seconds")
    log.warning("made_anew", consumer=position.consumer, stream=position.stream, goes_on_from=goes_on)
