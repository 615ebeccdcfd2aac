"""A broker that loses its power forgets what it had not yet written to disk: nothing is lost with that."""

import asyncio
import contextlib
import json
import shutil

import pytest

from deploy.keys import make_keys
from deploy.local.broker import broker_of
from deploy.local.ports import choose_free_port
from shared.bus import broker_connection, ensure_streams
from shared.clock import now
from shared.outbox import PublishingFailed, Relay, record
from shared.positions import RELAY, StreamPosition
from tests.shared.test_outbox import make, unpublished
from tests.shared.test_worker import Reacting
from tests.shared.thing import Thing, drafted


class Broker:
    """A broker that can be put back to what it had written at an earlier moment."""

    process: asyncio.subprocess.Process | None = None

    def __init__(self, home, until):
        make_keys(home.make().secrets)
        self.until = until
        port = choose_free_port(())
        self.broker = broker_of(home, port, choose_free_port((port,)))
        self.broker.prepare()
        self.data, self.written = self.broker.folder / "data", self.broker.folder / "written"
        self.url = self.broker.url

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(
            *self.broker.command(), stderr=asyncio.subprocess.DEVNULL
        )

        async def is_there():
            with contextlib.suppress(Exception):
                async with broker_connection(self.url, "test") as client:
                    await client.jetstream(timeout=1).account_info()
                    return True

        await self.until(is_there)

    async def stop(self):
        assert self.process
        self.process.kill()
        await self.process.wait()

    def write(self):
        """What is stored by now is on the disk."""
        shutil.copytree(self.data, self.written)

    async def lose_power(self):
        await self.stop()
        shutil.rmtree(self.data)
        self.written.rename(self.data)
        await self.start()


@pytest.fixture
async def broker(home, until):
    """A broker of this test's own."""
    found = Broker(home, until)
    await found.start()
    yield found
    await found.stop()


@pytest.fixture
def probe(probe, broker):
    """The small service at that broker."""
    return probe.model_copy(update={"nats_url": broker.url})


@pytest.fixture
def reacting(probe, sessions, until, tmp_path):
    """A worker at that broker that reacts."""
    file = tmp_path / "ready"
    return Reacting((probe.model_copy(update={"ready_file": str(file)}), file), sessions, until)


async def test_what_it_forgot_is_published_again_and_heard_once(reacting, broker):
    async with reacting.running():
        await reacting.until_heard(before := await reacting.save())
    broker.write()
    async with reacting.running(reacts=False):
        forgotten = await reacting.save()
        await reacting.until_published()
    await broker.lose_power()
    async with reacting.running():
        await reacting.until_heard(forgotten)
        await reacting.until_heard(after := await reacting.save())
    assert [reacting.heard.count(each) for each in (before, forgotten, after)] == [1, 1, 1]


async def test_a_worker_that_lives_through_it_keeps_the_order_of_each_thing(
    reacting, broker, sessions, until
):
    async with reacting.running():
        await reacting.until_heard(await reacting.save())
        broker.write()
        thing_id = await reacting.save()
        await reacting.until_heard(thing_id)
        await reacting.until_published()
        await broker.lose_power()
        async with sessions.begin() as session:
            thing = await session.get(Thing, thing_id)
            record(session, thing, drafted(thing))

        async def heard_of_both():
            return reacting.heard.count(thing_id) == 2

        await until(heard_of_both)
        await reacting.until_published()
    async with broker_connection(broker.url, "test") as client:
        stream = client.jetstream()
        last = (await stream.stream_info("LOOP")).state.last_seq
        found = [await stream.get_msg("LOOP", number) for number in range(1, last + 1)]
    bodies = [json.loads(each.data or b"{}") for each in found]
    numbers = [each["sequence"] for each in bodies if each["subject"] == str(thing_id)]
    assert numbers == [f"{number:012d}" for number in (1, 2)]


async def test_a_relay_marks_nothing_that_an_earlier_run_stored(probe, sessions, broker):
    await make(sessions, count=3)
    async with sessions.begin() as session:
        seen = {"reached_at": now(), "stream_made_at": now()}
        session.add(StreamPosition(consumer=RELAY, stream="loop", broker="another", **seen))
    async with broker_connection(broker.url, "test") as client:
        await ensure_streams(client.jetstream(), 1)
        with pytest.raises(PublishingFailed, match="UPDATE 0"):
            await Relay("loop", probe.database_url, client).run()
    assert len(await unpublished(sessions)) == 3
