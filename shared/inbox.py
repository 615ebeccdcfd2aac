"""The inbox: the events that a consumer has dealt with, and those that it could not process."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, delete, func, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from shared.db import Plumbing


class Inbox(Plumbing):
    """An event that a reaction has taken effect for, once."""

    __tablename__ = "inbox"

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    done_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class DeadLetter(Plumbing):
    """An event that failed at every try: kept whole, listed, replayable."""

    __tablename__ = "dead_letter"

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(Text)
    body: Mapped[str] = mapped_column(Text)
    error: Mapped[str] = mapped_column(Text)
    failed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    replayed_at: Mapped[datetime | None]
    discarded_at: Mapped[datetime | None]
    discarded_by: Mapped[str | None] = mapped_column(Text)
    discarded_because: Mapped[str | None] = mapped_column(Text)


class EventTry(Plumbing):
    """How often a consumer has begun with an event that has no outcome yet."""

    __tablename__ = "event_try"

    consumer: Mapped[str] = mapped_column(Text, primary_key=True)
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    tries: Mapped[int]
    tried_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


# Built once: a statement with a place for each of hundreds of rows costs more to build than to run.
REMEMBER = text(
    "INSERT INTO inbox (consumer, event_id) SELECT :consumer, unnest(:event_ids) ON CONFLICT DO NOTHING "
    "RETURNING event_id"
).bindparams(bindparam("consumer", type_=Text), bindparam("event_ids", type_=ARRAY(Uuid)))


async def first_times(session: AsyncSession, consumer: str, event_ids: Sequence[UUID]) -> set[UUID]:
    """Remember in this transaction that the consumer takes the events; return those that are new to it."""
    rows = {"consumer": consumer, "event_ids": sorted(set(event_ids))}
    return set(await session.scalars(REMEMBER, rows))


async def count_try(session: AsyncSession, consumer: str, event_id: UUID) -> int:
    """Count that the consumer begins with an event; return how often it has begun."""
    first = insert(EventTry).values(consumer=consumer, event_id=event_id, tries=1)
    counted = first.on_conflict_do_update(
        index_elements=["consumer", "event_id"], set_={"tries": EventTry.tries + 1, "tried_at": func.now()}
    )
    return (await session.execute(counted.returning(EventTry.tries))).scalar_one()


async def take_try_back(session: AsyncSession, consumer: str, event_id: UUID) -> None:
    """Count a try less, because its failure was no fault of the event."""
    mine = EventTry.consumer == consumer, EventTry.event_id == event_id
    await session.execute(update(EventTry).where(*mine).values(tries=EventTry.tries - 1))


async def forget_tries(session: AsyncSession, consumer: str, event_id: UUID) -> None:
    """Forget how often an event was tried: it has an outcome."""
    mine = EventTry.consumer == consumer, EventTry.event_id == event_id
    await session.execute(delete(EventTry).where(*mine))


async def keep_dead_letter(
    session: AsyncSession, consumer: str, event_id: UUID, type_: str, body: str, error: str
) -> None:
    """Keep an event that could not be consumed; one that fails again is open again."""
    row = {"consumer": consumer, "event_id": event_id, "type": type_, "body": body, "error": error}
    await session.execute(
        insert(DeadLetter)
        .values(**row)
        .on_conflict_do_update(
            index_elements=["consumer", "event_id"],
            set_={"error": error, "failed_at": func.now(), "replayed_at": None, "discarded_at": None},
        )
    )
    await forget_tries(session, consumer, event_id)
