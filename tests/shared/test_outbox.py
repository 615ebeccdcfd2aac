"""A committed change is published; nothing else is."""

import asyncio
import contextlib
import json

import asyncpg
import pytest
from nats.js.api import DiscardPolicy, StreamConfig
from sqlalchemy import select, update

from shared import outbox
from shared.bus import broker_connection, ensure_streams
from shared.clock import now
from shared.ids import new_id
from shared.outbox import Outbox, Relay, record, republish_all
from shared.positions import StreamPosition
from tests.shared.thing import Thing, drafted


async def make(sessions, count=1, events=1):
    """Save things with their events and return the things."""
    made = []
    async with sessions.begin() as session:
        for _ in range(count):
            thing = Thing(id=new_id(), name="x")
            session.add(thing)
            for _ in range(events):
                record(session, thing, drafted(thing))
                await session.flush()
            made.append(thing)
    return made


async def unpublished(sessions):
    async with sessions() as session:
        return (await session.scalars(select(Outbox.id).where(Outbox.published_at.is_(None)))).all()


@pytest.fixture
async def client(probe):
    async with broker_connection(probe.nats_url, "test") as client:
        yield client


@pytest.fixture
async def stream(client):
    stream = client.jetstream()
    await ensure_streams(stream, 1)
    await stream.purge_stream("LOOP")
    return stream


@contextlib.asynccontextmanager
async def running(probe, client):
    relay = Relay("loop", probe.database_url, client)
    task = asyncio.create_task(relay.run())
    try:
        yield relay
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def stored(stream):
    """What the broker has of the loop's stream."""
    info = await stream.stream_info("LOOP")
    first, last = info.state.first_seq, info.state.last_seq
    messages = (
        [await stream.get_msg("LOOP", seq) for seq in range(first, last + 1)] if info.state.messages else []
    )
    return [(message.subject, json.loads(message.data)) for message in messages]


async def test_a_version_counts_the_events(sessions):
    [thing] = await make(sessions, events=3)
    assert thing.version == 3
    async with sessions() as session:
        sequences = (await session.scalars(select(Outbox.sequence).order_by(Outbox.position))).all()
    assert sequences == [1, 2, 3]


async def test_what_is_rolled_back_is_not_published(sessions):
    with contextlib.suppress(ZeroDivisionError):
        async with sessions.begin() as session:
            thing = Thing(id=new_id(), name="x")
            session.add(thing)
            record(session, thing, drafted(thing))
            await session.flush()
            1 / 0  # noqa: B018 -- something fails after the event was recorded
    assert await unpublished(sessions) == []


async def test_events_are_published_in_the_order_of_their_aggregate(probe, sessions, client, stream, until):
    things = await make(sessions, count=20, events=5)

    async def all_published():
        return not await unpublished(sessions)

    async with running(probe, client):
        await until(all_published)
    found = await stored(stream)
    assert len(found) == 100
    for thing in things:
        mine = [body["sequence"] for _, body in found if body["subject"] == str(thing.id)]
        assert mine == [f"{number:012d}" for number in range(1, 6)]


async def test_an_event_published_twice_is_stored_once(probe, sessions, client, stream, until):
    await make(sessions)

    async def published():
        return not await unpublished(sessions)

    async with running(probe, client):
        await until(published)
        # As after a crash between the broker's acknowledgement and our mark.
        async with sessions.begin() as session:
            await session.execute(update(Outbox).values(published_at=None))
        await until(published)
    assert len(await stored(stream)) == 1


async def test_only_one_relay_holds_a_partition_and_another_takes_over(
    probe, sessions, client, stream, until
):
    async with running(probe, client) as first:

        async def first_has_all():
            return len(first.partitions) == 16

        await until(first_has_all)
        async with running(probe, client) as second:
            await make(sessions, count=3)

            async def published():
                return not await unpublished(sessions)

            await until(published)
            assert second.partitions == set()
    async with running(probe, client) as third:

        async def third_has_all():
            return len(third.partitions) == 16

        await until(third_has_all)


async def test_the_partitions_of_a_relay_that_hangs_are_taken_over(
    probe, sessions, client, stream, until, monkeypatch
):
    monkeypatch.setattr(outbox, "SILENCE_SECONDS", 3)

    class Hanging:
        """A broker at which a relay hangs, as a process does that is stopped."""

        _server_info = client._server_info

        def jetstream(self, **_):
            return self

        async def publish_async(self, *_, **__):
            await asyncio.Event().wait()

    async def published():
        return not await unpublished(sessions)

    await make(sessions, count=3)
    async with running(probe, Hanging()) as hung:

        async def hung_has_all():
            return len(hung.partitions) == 16

        await until(hung_has_all)
        async with running(probe, client) as other:
            await until(published)
            assert other.partitions


async def test_what_the_broker_says_against_events_is_kept_until_it_takes_them(
    probe, sessions, client, stream, until, monkeypatch
):
    async with sessions.begin() as session:
        session.add(StreamPosition(consumer="relay", stream="loop", reached_at=now(), stream_made_at=now()))

    async def refused():
        async with sessions() as session:
            return await session.scalar(select(StreamPosition.refused))

    full = StreamConfig(name="LOOP", subjects=["loop.>"], max_bytes=1, discard=DiscardPolicy.NEW)
    monkeypatch.setattr(outbox, "ACKNOWLEDGE_SECONDS", 0.1)
    await stream.delete_stream("LOOP")
    await stream.add_stream(full)
    try:
        await make(sessions)
        with pytest.raises(Exception, match="were acknowledged"):
            await Relay("loop", probe.database_url, client).run()
        assert await refused() == "maximum bytes exceeded"
    finally:
        await stream.delete_stream("LOOP")
        await ensure_streams(stream, 1)

    async def taken():
        return await refused() is None

    async with running(probe, client):
        await until(taken)
    assert await unpublished(sessions) == []


async def test_what_the_broker_refuses_stays_and_is_published_later(probe, sessions, client, stream, until):
    await stream.delete_stream("LOOP")
    await make(sessions, count=2)
    relay = Relay("loop", probe.database_url, client)
    with pytest.raises(Exception, match="were acknowledged"):
        await relay.run()
    assert len(await unpublished(sessions)) == 2
    await stream.add_stream(StreamConfig(name="LOOP", subjects=["loop.>"]))

    async def published():
        return not await unpublished(sessions)

    async with running(probe, client):
        await until(published)
    assert len(await stored(stream)) == 2
    await stream.delete_stream("LOOP")
    await ensure_streams(stream, 1)


@pytest.mark.parametrize("question", ["UNPUBLISHED", "AGE"])
async def test_what_was_published_costs_the_relay_nothing(probe, sessions, question, until):
    await make(sessions, count=200)
    connection = await asyncpg.connect(probe.database_url, server_settings=outbox.RELAY_SETTINGS)
    published = "UPDATE outbox SET published_at = now(), body = repeat('x', 4000)"
    await connection.execute(published)
    await make(sessions, count=2)
    arguments = {"UNPUBLISHED": ([*range(outbox.PARTITIONS)], 500, 0), "AGE": ()}[question]
    explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {getattr(Relay, question)}"

    async def costs_nothing():
        # A question marks what it passes in the index, so that nobody passes it again, once no snapshot, such
        # as that of autovacuum, can still see it.
        [plan] = json.loads(await connection.fetchval(explained, *arguments))
        assert "ix_outbox_unpublished" in json.dumps(plan)
        return plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] < 10

    await until(costs_nothing)
    await connection.close()


async def test_everything_is_published_again_batch_by_batch(probe, sessions):
    ids = sorted(thing.id for thing in await make(sessions, count=5))
    asked = []

    async def republish_after(session, last):
        asked.append(last)
        following = [each for each in ids if last is None or each > last][:2]
        for each in await session.scalars(select(Thing).where(Thing.id.in_(following))):
            record(session, each, drafted(each))
        return following

    assert await republish_all(probe, republish_after) == 5
    assert asked == [None, ids[1], ids[3], ids[4]]
    assert len(await unpublished(sessions)) == 10
