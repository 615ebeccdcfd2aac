"""What the relay passes over: never what somebody may still commit."""

import asyncio

import pytest
from sqlalchemy import text

from shared import outbox
from shared.bus import broker_connection, ensure_streams
from shared.ids import new_id
from shared.outbox import Relay, record
from shared.outbox_notifier import CHANNEL
from tests.shared.test_outbox import make, running, stored, unpublished
from tests.shared.thing import Thing, drafted

WAKE = text(f"NOTIFY {CHANNEL}")


@pytest.fixture
async def client(probe):
    async with broker_connection(probe.nats_url, "test") as client:
        await ensure_streams(client.jetstream(), 1)
        await client.jetstream().purge_stream("LOOP")
        yield client


@pytest.fixture
def looks(monkeypatch):
    """Counts the looks at all that waits: there are many of them."""
    looked, take_partitions = asyncio.Semaphore(0), Relay.take_partitions

    async def count_look(relay, connection):
        looked.release()
        await take_partitions(relay, connection)

    monkeypatch.setattr(outbox, "POLL_SECONDS", 0.05)
    monkeypatch.setattr(Relay, "take_partitions", count_look)
    return looked


async def wait_for(looks, number):
    """Wait for so many looks more."""
    async with asyncio.timeout(20):
        for _ in range(number):
            await looks.acquire()


@pytest.fixture
def published(sessions, until):
    """Wait until everything is published."""

    async def is_published():
        return not await unpublished(sessions)

    return lambda: until(is_published)


async def test_what_is_committed_late_comes_before_what_follows_it(
    probe, sessions, client, looks, published, until, monkeypatch
):
    async def has_looked():
        async with sessions.begin() as session:
            await session.execute(WAKE)
        return not looks.locked()

    async with running(probe, client), sessions() as late:
        thing = Thing(id=new_id(), name="x")
        late.add(thing)
        record(late, thing, drafted(thing))
        await late.flush()
        await make(sessions, count=2)
        await published()
        while not looks.locked():
            await looks.acquire()
        await wait_for(looks, 4)
        # After the look that comes now, only a NOTIFY wakes it.
        monkeypatch.setattr(outbox, "POLL_SECONDS", 60)
        await until(has_looked)
        await late.commit()
        record(late, thing, drafted(thing))
        await late.execute(WAKE)
        await late.commit()
        await published()
    found = await stored(client.jetstream())
    own = [int(body["sequence"]) for subject, body in found if subject.endswith(str(thing.id))]
    assert own == [1, 2]


async def test_what_was_published_is_passed_over(probe, sessions, client, looks, until):
    async with running(probe, client) as relay:
        await make(sessions)

        async def is_passed_over():
            return relay.passed > 0

        await until(is_passed_over)
