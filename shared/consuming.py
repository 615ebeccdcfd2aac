"""Consuming: each event takes effect once, in one transaction with the memory of it; nothing is lost."""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TypeVar
from uuid import NAMESPACE_OID, UUID, uuid5

import asyncpg
from nats.aio.msg import Msg
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import InterfaceError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncSession

from shared import metrics
from shared.consumers import Consumer
from shared.db import may_do_later, state_of_error
from shared.events import Envelope
from shared.inbox import count_try, first_times, forget_tries, keep_dead_letter, take_try_back
from shared.logs import log

# Makes a transaction that is committed when its block ends.
Transactions = Callable[[], AbstractAsyncContextManager[AsyncSession]]
Result = TypeVar("Result")
UNREADABLE = "unreadable"
TRIES = 8
NAK_SECONDS_MAX = 300.0
# How long to wait for a database that is away, and how long it may take to say that it is there.
AWAY_SECONDS, ANSWER_SECONDS = 2.0, 5.0
# How often and how soon to do a transaction again that was lost, for example to a deadlock.
LOST_MAX, LOST_SECONDS = 5, 0.1
# Nobody and nothing listens, no connection is free, or the driver lost its own.
AWAY = (OSError, InterfaceError, NoConnectionFree, asyncpg.InterfaceError)
# We are not let in, or the database is not there.
UNREACHED_CLASSES = ("28", "3D")


async def consume(
    transactions: Transactions, consumer: Consumer, messages: Sequence[Msg], hold_seconds: float = 10.0
) -> None:
    """Take a batch in one transaction, or one by one when that fails; wait while the database is away."""
    fresh = [message for message in messages if message.metadata.num_delivered == 1]
    rest = [message for message in messages if message.metadata.num_delivered > 1]
    async with held(messages, hold_seconds):
        if fresh:
            try:
                await take_batch(transactions, consumer, fresh)
            except Exception as error:
                log.info("batch_taken_one_by_one", consumer=consumer.name, error=type(error).__name__)
                rest = [*(message for message in fresh if not message.is_acked), *rest]
        for message in rest:
            await take_one(transactions, consumer, message)


@contextlib.asynccontextmanager
async def held(messages: Sequence[Msg], seconds: float) -> AsyncIterator[None]:
    """Tell the broker again and again that we work on events, so that it delivers them to nobody else."""

    async def hold() -> None:
        while True:
            await asyncio.sleep(seconds)
            for message in messages:
                if not message.is_acked:
                    await message.in_progress()

    holding = asyncio.create_task(hold())
    try:
        yield
    finally:
        holding.cancel()
        await asyncio.gather(holding, return_exceptions=True)


async def take_batch(
    transactions: Transactions, consumer: Consumer, messages: Sequence[Msg], *, counted: bool = False
) -> None:
    """Let the messages take effect in one transaction and acknowledge them after its commit."""
    envelopes = [Envelope.model_validate_json(message.data) for message in messages]

    async def take_effect(session: AsyncSession) -> None:
        if left := await still_to_do(session, consumer, envelopes):
            await consumer.take(session, left)
        for envelope in envelopes if counted else ():
            await forget_tries(session, consumer.name, envelope.id)

    await in_database(transactions, take_effect)
    for message, envelope in zip(messages, envelopes, strict=True):
        await message.ack()
        metrics.consumed.labels(consumer.name, envelope.type, "done").inc()


async def in_database(
    transactions: Transactions, work: Callable[[AsyncSession], Awaitable[Result]]
) -> Result:
    """Do work in a transaction; do it again when it was lost, and wait while the database is away."""
    lost = 0
    while True:
        try:
            async with transactions() as session:
                return await work(session)
        except Exception as error:
            if not is_no_fault(error):
                raise
            if await waited_for_database(transactions):
                continue
            lost += 1
            if lost == LOST_MAX or is_too_slow(error):
                raise
        await asyncio.sleep(LOST_SECONDS * random.uniform(0.5, 1.5))


async def waited_for_database(transactions: Transactions) -> bool:
    """Wait until the database answers; return whether it was away."""
    away = False
    while not await answers(transactions):
        if not away:
            log.warning("database_away", waits="events are kept and are not tried")
        away = True
        await asyncio.sleep(AWAY_SECONDS * random.uniform(0.5, 1.0))
    if away:
        log.info("database_back")
    return away


async def answers(transactions: Transactions) -> bool:
    """Whether the database answers and can be written to."""
    try:
        async with asyncio.timeout(ANSWER_SECONDS), transactions() as session:
            return not await session.scalar(text("SELECT pg_is_in_recovery()"))
    except Exception as error:
        if is_no_fault(error):
            return False
        raise


def is_no_fault(error: Exception) -> bool:
    """Whether an event could not take effect for reasons that lie with the database alone."""
    unreached = state_of_error(error)[:2] in UNREACHED_CLASSES
    return unreached or may_do_later(error) or isinstance(error, AWAY)


def is_too_slow(error: Exception) -> bool:
    """Whether a database that answers took too long over an event: that may lie with the event."""
    return isinstance(error, TimeoutError) or state_of_error(error) == "57014"


async def still_to_do(
    session: AsyncSession, consumer: Consumer, envelopes: Sequence[Envelope]
) -> Sequence[Envelope]:
    """The events that have yet to take effect: of a reaction's those that are new to it, once."""
    if not consumer.once:
        return envelopes
    each = {envelope.id: envelope for envelope in envelopes}
    new = await first_times(session, f"{consumer.name}/{consumer.stream}", list(each))
    return [envelope for event_id, envelope in each.items() if event_id in new]


async def take_one(transactions: Transactions, consumer: Consumer, message: Msg) -> None:
    """Take one message; a failure is tried again later, the last one is kept as a dead letter.

    What is counted is each try, before it begins: if the process dies of the event, that is counted too.
    How often the broker delivered the event says nothing: it may have been while the database was away.
    """
    name, (event_id, _) = consumer.name, name_of(message)
    tries = await in_database(transactions, lambda session: count_try(session, name, event_id))
    try:
        if tries > TRIES:
            raise RuntimeError("begun with again and again without an outcome")
        await take_batch(transactions, consumer, [message], counted=True)
    except Exception as error:
        if no_fault := is_no_fault(error) and not is_too_slow(error):
            await in_database(transactions, lambda session: take_try_back(session, name, event_id))
        log.warning("event_failed", consumer=name, tried=tries - no_fault, error=type(error).__name__)
        if isinstance(error, ValidationError) or (tries >= TRIES and not no_fault):
            await set_aside(transactions, consumer, message, error)
        else:
            await message.nak(delay=min(2.0**tries, NAK_SECONDS_MAX) * random.uniform(0.5, 1.0))


async def set_aside(transactions: Transactions, consumer: Consumer, message: Msg, error: Exception) -> None:
    """Keep the event as a dead letter, then tell the broker not to send it again."""
    body = message.data.decode(errors="replace").replace("\0", "\ufffd")
    event_id, type_ = name_of(message)
    letter = consumer.name, event_id, type_, body, type(error).__name__
    await in_database(transactions, lambda session: keep_dead_letter(session, *letter))
    await message.term()
    log.error("event_set_aside", consumer=consumer.name, event_id=str(event_id), type=type_)
    metrics.consumed.labels(consumer.name, type_, "dead").inc()


def name_of(message: Msg) -> tuple[UUID, str]:
    """The id and the type of an event; of one that cannot be read, an id made from what it is."""
    try:
        envelope = Envelope.model_validate_json(message.data)
    except ValidationError:
        return uuid5(NAMESPACE_OID, message.data.hex()), UNREADABLE
    return envelope.id, envelope.type
