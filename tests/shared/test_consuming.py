"""Each event takes effect once; what fails is tried again and at last kept."""

import asyncio
import contextlib
import json
from typing import cast

import asyncpg
import pytest
from nats.aio.msg import Msg
from nats.js.api import DeliverPolicy
from sqlalchemy import select, text

from shared import consuming
from shared.bus import broker_connection, ensure_consumer, ensure_streams, pull_events
from shared.consumers import Consumer, reacting
from shared.consuming import consume
from shared.events import Envelope
from shared.ids import new_id
from shared.inbox import DeadLetter, EventTry, Inbox
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
    await client.jetstream().publish(
        envelope.nats_subject, envelope.model_dump_json(exclude_none=True).encode()
    )


def an_envelope(sequence=1):
    return Envelope.wrap(drafted(Thing(id=new_id(), name="x")), sequence)


@contextlib.asynccontextmanager
async def consuming_with(client, sessions, handler, *, once=False, durable=None):
    durable = durable or f"test-{new_id()}"
    consumer = Consumer(durable, "loop", [DRAFTED], reacting({DRAFTED: handler}), once=once)
    await ensure_consumer(
        client.jetstream(), "loop", durable, consumer.types, begin=DeliverPolicy.ALL, ack_seconds=30
    )

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


def has_effects(sessions, count):
    """Whether so many events have taken effect: their transactions are committed."""

    async def done():
        return len(await names(sessions)) >= count

    return done


async def names(sessions):
    async with sessions() as session:
        return sorted((await session.scalars(select(Thing.name))).all())


async def tries(sessions):
    async with sessions() as session:
        return (await session.scalars(select(EventTry))).all()


def has_letters(sessions, count):
    async def kept():
        return len(await dead(sessions)) >= count

    return kept


async def dead(sessions):
    async with sessions() as session:
        return (await session.scalars(select(DeadLetter))).all()


async def test_events_take_effect(client, sessions, until):
    handler = Remembering()
    envelopes = [an_envelope(number) for number in range(1, 301)]
    for envelope in envelopes:
        await publish(client, envelope)
    async with consuming_with(client, sessions, handler):
        await until(has_effects(sessions, 300))
    assert await names(sessions) == sorted(str(envelope.subject) for envelope in envelopes)


async def test_a_failure_is_tried_again(client, sessions, until, monkeypatch):
    monkeypatch.setattr(consuming, "NAK_SECONDS_MAX", 0.05)
    handler = Remembering(failures=3)
    await publish(client, an_envelope())
    async with consuming_with(client, sessions, handler):
        await until(has_effects(sessions, 1))
    assert len(await names(sessions)) == 1
    assert await dead(sessions) == []


async def test_one_bad_event_does_not_hold_up_the_others(client, sessions, until):
    handler = Remembering()
    good, bad = an_envelope(), an_envelope()
    await client.jetstream().publish(good.nats_subject, json.dumps({"no": "envelope"}).encode())
    await publish(client, bad.model_copy(update={"data": {}}))
    await publish(client, good)
    async with consuming_with(client, sessions, handler):
        await until(has_effects(sessions, 1))

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
        await until(has_effects(sessions, 2))
    assert await names(sessions) == sorted([str(envelope.subject), str(last.subject)])
    async with sessions() as session:
        assert len((await session.scalars(select(Inbox))).all()) == 2


async def test_an_event_that_kills_the_process_is_set_aside_untried(client, sessions, until):
    # The batch fails, as it does when an event was delivered before.
    handler, envelope = Remembering(failures=1), an_envelope()
    await publish(client, envelope)
    durable = f"test-{new_id()}"
    async with sessions.begin() as session:
        session.add(EventTry(consumer=durable, event_id=envelope.id, tries=consuming.TRIES))
    async with consuming_with(client, sessions, handler, durable=durable):
        await until(has_letters(sessions, 1))
    assert handler.seen == []


class Failing:
    """A handler that the database refuses with a state, more often than an event may fail."""

    def __init__(self, state):
        self.state, self.failures, self.seen = state, consuming.TRIES * consuming.LOST_MAX, []

    async def __call__(self, session, event, envelope):
        if self.failures:
            self.failures -= 1
            await session.execute(
                text(f"DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '{self.state}'; END $$")
            )
        self.seen.append(envelope.number)
        session.add(Thing(id=new_id(), name=str(event.loop_id), version=envelope.number))


@pytest.fixture
def at_once(monkeypatch):
    """Nobody waits long before the next try."""
    for name in ("NAK_SECONDS_MAX", "AWAY_SECONDS", "LOST_SECONDS"):
        monkeypatch.setattr(consuming, name, 0.005)


@pytest.mark.parametrize("state", ["40P01", "40001", "55P03", "57P01", "08006", "53300", "25P03"])
async def test_a_transaction_that_the_database_lost_is_no_try(client, sessions, until, at_once, state):
    handler = Failing(state)
    await publish(client, an_envelope())
    async with consuming_with(client, sessions, handler):
        await until(has_effects(sessions, 1))
    assert (await dead(sessions), await tries(sessions)) == ([], [])


async def test_an_event_over_which_the_database_takes_too_long_is_set_aside(client, sessions, until, at_once):
    handler = Failing("57014")
    handler.failures = 10_000
    await publish(client, an_envelope())
    async with consuming_with(client, sessions, handler):
        await until(has_letters(sessions, 1))
    assert handler.seen == []


class Away:
    """Sessions of a database that can be away, and how often it was asked while it was."""

    def __init__(self, sessions, probe, superuser_url):
        self.sessions, self.asked = sessions, 0
        self.name, self.superuser_url = probe.database_url.rpartition("/")[2], superuser_url

    @contextlib.asynccontextmanager
    async def begin(self):
        try:
            async with self.sessions.begin() as session:
                yield session
        except Exception:
            self.asked += 1
            raise

    async def be_away(self, *, away):
        connection = await asyncpg.connect(self.superuser_url)
        await connection.execute(f'ALTER DATABASE "{self.name}" CONNECTION LIMIT {0 if away else -1}')
        if away:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", self.name
            )
        await connection.close()


async def test_a_database_that_is_away_costs_no_event_a_try(
    client, sessions, until, at_once, probe, templates
):
    handler, base = Remembering(), Away(sessions, probe, templates.superuser_url)
    envelopes = [an_envelope(number) for number in range(1, 41)]

    async def asked_often():
        return base.asked > 3 * consuming.TRIES

    await base.be_away(away=True)
    try:
        for envelope in envelopes:
            await publish(client, envelope)
        async with consuming_with(client, base, handler) as durable:
            await until(asked_often)
            await base.be_away(away=False)
            await until(has_effects(sessions, 40))
            info = await client.jetstream().consumer_info("LOOP", durable)
            assert info.num_redelivered == 0
    finally:
        await base.be_away(away=False)
    assert len(await names(sessions)) == 40
    assert (await dead(sessions), await tries(sessions)) == ([], [])


async def test_the_broker_is_told_that_an_event_is_still_worked_on(until):
    told = []

    class Delivered:
        is_acked = False

        async def in_progress(self):
            told.append(self)

    async def often():
        return len(told) >= 3

    message = Delivered()
    async with consuming.held([cast(Msg, message)], 0.01):
        await until(often)
        message.is_acked = True
