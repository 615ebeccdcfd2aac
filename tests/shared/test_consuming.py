"""Each event takes effect once; what fails is tried again and at last kept."""

import asyncio
import contextlib
import json

import pytest
from sqlalchemy import select

from shared import consuming
from shared.bus import broker_connection, ensure_consumer, ensure_streams, pull_events
from shared.consuming import Consumer, consume
from shared.events import Envelope
from shared.ids import new_id
from shared.inbox import DeadLetter, Inbox
from tests.shared.thing import Thing, drafted

DRAFTED = "loop.drafted.v1"


@pytest.fixture
async def client(probe):
    async with broker_connection(probe.nats_url, "test") as client:
        stream = client.jetstream()
        await ensure_streams(stream, 1)
        await stream.purge_stream("LOOP")
        yield client


class Remembering:
    """A handler that saves a thing for each event, and fails as often as it is told to."""

    def __init__(self, failures=0):
        self.failures, self.seen = failures, []

    async def __call__(self, session, event, envelope):
        if self.failures:
            self.failures -= 1
            raise RuntimeError("not now")
        self.seen.append(envelope.number)
        session.add(Thing(id=new_id(), name=str(event.loop_id), version=envelope.number))


async def publish(client, envelope):
    await client.jetstream().publish(envelope.nats_subject, envelope.body().encode())


def an_envelope(sequence=1):
    return Envelope.wrap(drafted(Thing(id=new_id(), name="x")), sequence)


@contextlib.asynccontextmanager
async def consuming_with(client, sessions, handler, *, once=False):
    durable = f"test-{new_id()}"
    consumer = Consumer(durable, "loop", {DRAFTED: handler}, once=once)
    await ensure_consumer(client.jetstream(), "loop", durable, consumer.types, from_now=False, ack_seconds=30)

    async def run():
        async for messages in pull_events(client, "loop", durable):
            await consume(sessions.begin, consumer, messages)

    task = asyncio.create_task(run())
    try:
        yield durable
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.jetstream().delete_consumer("LOOP", durable)


def has_seen(handler, count):
    async def seen():
        return len(handler.seen) >= count

    return seen


async def names(sessions):
    async with sessions() as session:
        return sorted((await session.scalars(select(Thing.name))).all())


async def dead(sessions):
    async with sessions() as session:
        return (await session.scalars(select(DeadLetter))).all()


async def test_events_take_effect(client, sessions, until):
    handler = Remembering()
    envelopes = [an_envelope(number) for number in range(1, 301)]
    for envelope in envelopes:
        await publish(client, envelope)
    async with consuming_with(client, sessions, handler):
        await until(has_seen(handler, 300))
    assert await names(sessions) == sorted(str(envelope.subject) for envelope in envelopes)


async def test_a_failure_is_tried_again(client, sessions, until, monkeypatch):
    monkeypatch.setattr(consuming, "NAK_SECONDS_MAX", 0.05)
    handler = Remembering(failures=3)
    await publish(client, an_envelope())
    async with consuming_with(client, sessions, handler):
        await until(has_seen(handler, 1))
    assert len(await names(sessions)) == 1
    assert await dead(sessions) == []


async def test_one_bad_event_does_not_hold_up_the_others(client, sessions, until):
    handler = Remembering()
    good, bad = an_envelope(), an_envelope()
    await client.jetstream().publish(good.nats_subject, json.dumps({"no": "envelope"}).encode())
    await publish(client, bad.model_copy(update={"data": {}}))
    await publish(client, good)
    async with consuming_with(client, sessions, handler):
        await until(has_seen(handler, 1))

        async def both_kept():
            return len(await dead(sessions)) == 2

        await until(both_kept)
    assert {(each.type, each.error) for each in await dead(sessions)} == {
        ("unreadable", "ValidationError"),
        (DRAFTED, "ValidationError"),
    }


async def test_what_fails_at_every_try_is_kept_whole(client, sessions, until, monkeypatch):
    monkeypatch.setattr(consuming, "NAK_SECONDS_MAX", 0.02)
    monkeypatch.setattr(consuming, "TRIES", 3)
    handler = Remembering(failures=100)
    envelope = an_envelope()
    await publish(client, envelope)
    async with consuming_with(client, sessions, handler) as durable:

        async def kept():
            return bool(await dead(sessions))

        await until(kept)
    [letter] = await dead(sessions)
    assert (letter.consumer, letter.event_id, letter.error) == (durable, envelope.id, "RuntimeError")
    assert Envelope.model_validate_json(letter.body) == envelope


async def test_a_reaction_happens_once_however_often_the_event_comes(client, sessions, until):
    handler = Remembering()
    envelope = an_envelope()
    for _ in range(3):
        await publish(client, envelope)
    await publish(client, last := an_envelope())
    async with consuming_with(client, sessions, handler, once=True):
        await until(has_seen(handler, 2))
    assert await names(sessions) == sorted([str(envelope.subject), str(last.subject)])
    async with sessions() as session:
        assert len((await session.scalars(select(Inbox))).all()) == 2


async def test_an_event_that_kills_the_process_is_set_aside_untried(client, sessions, until, monkeypatch):
    monkeypatch.setattr(consuming, "DELIVERIES_MAX", 1)
    monkeypatch.setattr(consuming, "NAK_SECONDS_MAX", 0.02)
    monkeypatch.setattr(consuming, "TRIES", 2)
    handler = Remembering(failures=2)
    await publish(client, an_envelope())
    async with consuming_with(client, sessions, handler):

        async def kept():
            return bool(await dead(sessions))

        await until(kept)
    assert handler.seen == []
