"""Consuming: each event takes effect once, in one transaction with the memory of it; nothing is lost."""

import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from nats.aio.msg import Msg
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from shared import metrics
from shared.events import Envelope
from shared.ids import new_id
from shared.inbox import first_times, keep_dead_letter
from shared.logs import log, traceparent

# Makes a transaction that is committed when its block ends.
Transactions = Callable[[], AbstractAsyncContextManager[AsyncSession]]
Handler = Callable[[AsyncSession, Any, Envelope], Awaitable[None]]
TRIES = 8
# One delivered this often was never even refused: the process dies on it. It is set aside untried.
DELIVERIES_MAX = TRIES + 4
NAK_SECONDS_MAX = 300.0


@dataclass(frozen=True)
class Consumer:
    """What one durable consumer does with each type of event.

    A copy (`once=False`) upserts only what is newer, so repeats do no harm; a reaction uses the inbox.
    """

    name: str
    stream: str
    handlers: Mapping[str, Handler]
    any_event: Handler | None = None
    once: bool = False

    @property
    def types(self) -> list[str]:
        """The event types that the broker must send; none for all of the stream."""
        return sorted(self.handlers)


async def consume(transactions: Transactions, consumer: Consumer, messages: Sequence[Msg]) -> None:
    """Take a batch in one transaction, or one by one when that fails."""
    fresh = [message for message in messages if message.metadata.num_delivered == 1]
    rest = [message for message in messages if message.metadata.num_delivered > 1]
    if fresh:
        try:
            await take_batch(transactions, consumer, fresh)
        except Exception as error:
            log.info("batch_taken_one_by_one", consumer=consumer.name, error=type(error).__name__)
            rest = [*fresh, *rest]
    for message in rest:
        await take_one(transactions, consumer, message)


async def take_batch(transactions: Transactions, consumer: Consumer, messages: Sequence[Msg]) -> None:
    """Let the messages take effect in one transaction and acknowledge them after its commit."""
    envelopes = [Envelope.model_validate_json(message.data) for message in messages]
    async with transactions() as session:
        for envelope in await still_to_do(session, consumer, envelopes):
            await apply(session, consumer, envelope)
    for message, envelope in zip(messages, envelopes, strict=True):
        await message.ack()
        metrics.consumed.labels(consumer.name, envelope.type, "done").inc()


async def still_to_do(
    session: AsyncSession, consumer: Consumer, envelopes: Sequence[Envelope]
) -> Sequence[Envelope]:
    """The events that have yet to take effect: of a reaction's those that are new to it, once."""
    if not consumer.once:
        return envelopes
    each = {envelope.id: envelope for envelope in envelopes}
    new = await first_times(session, f"{consumer.name}/{consumer.stream}", list(each))
    return [envelope for event_id, envelope in each.items() if event_id in new]


async def apply(session: AsyncSession, consumer: Consumer, envelope: Envelope) -> None:
    """Call the handler of an event."""
    traceparent.set(envelope.traceparent)
    if handler := consumer.handlers.get(envelope.type):
        await handler(session, envelope.event(), envelope)
    elif consumer.any_event:
        await consumer.any_event(session, None, envelope)


async def take_one(transactions: Transactions, consumer: Consumer, message: Msg) -> None:
    """Take one message; a failure is tried again later, the last one is kept as a dead letter."""
    tried = message.metadata.num_delivered
    try:
        if tried > DELIVERIES_MAX:
            raise RuntimeError("delivered again and again without an outcome")
        await take_batch(transactions, consumer, [message])
    except Exception as error:
        hopeless = isinstance(error, ValidationError) or tried >= TRIES
        log.warning("event_failed", consumer=consumer.name, tried=tried, error=type(error).__name__)
        if hopeless:
            await set_aside(transactions, consumer, message, error)
        else:
            await message.nak(delay=min(2.0**tried, NAK_SECONDS_MAX) * random.uniform(0.5, 1.0))


async def set_aside(transactions: Transactions, consumer: Consumer, message: Msg, error: Exception) -> None:
    """Keep the event as a dead letter, then tell the broker not to send it again."""
    body = message.data.decode(errors="replace").replace("\0", "\ufffd")
    try:
        envelope = Envelope.model_validate_json(message.data)
        event_id, type_ = envelope.id, envelope.type
    except ValidationError:
        event_id, type_ = new_id(), "unreadable"
    async with transactions() as session:
        await keep_dead_letter(session, consumer.name, event_id, type_, body, type(error).__name__)
    await message.term()
    metrics.consumed.labels(consumer.name, type_, "dead").inc()
