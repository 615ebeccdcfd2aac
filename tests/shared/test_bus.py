"""The broker: what a durable consumer is handed, and when."""

import asyncio
import contextlib
from typing import cast
from urllib.parse import urlsplit

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import DeliverPolicy

from shared.bus import PullLost, broker_connection, ensure_consumer, ensure_streams, pull_events, status_of
from shared.ids import new_id
from shared.manifest import manifests

NOBODY = cast(Client, None)


@pytest.fixture
async def client(probe):
    async with broker_connection(probe.nats_url, "test") as found:
        await ensure_streams(found.jetstream(), 1)
        yield found


@contextlib.asynccontextmanager
async def consumer_of(client, types, begin=DeliverPolicy.NEW):
    """A durable consumer of the loop's stream that ends with the test."""
    name = f"test-{new_id()}"
    await ensure_consumer(client.jetstream(), "loop", name, types, begin=begin, ack_seconds=30)
    yield name
    await client.jetstream().delete_consumer("LOOP", name)


async def first(client, name, count):
    """The first events that a consumer is handed, each acknowledged."""
    found = []
    async with asyncio.timeout(10):
        async with contextlib.aclosing(pull_events(client, "loop", name)) as pulled:
            async for messages in pulled:
                for message in messages:
                    await message.ack()
                    found.append(message.data.decode())
                if len(found) >= count:
                    break
    return found


async def test_every_service_has_a_stream_that_keeps_events_as_long_as_it_says(client):
    for service in manifests().values():
        config = (await client.jetstream().stream_info(service.name.upper())).config
        assert config.subjects == [f"{service.name}.>"]
        assert config.max_age == (service.stream_days or 0) * 86_400


class Way:
    """A way to a server that can be closed, and opened again at the same address."""

    def __init__(self, url):
        self.parts, self.port, self.ends = urlsplit(url), 0, []

    @property
    def url(self):
        """The server's address by this way."""
        user = self.parts.netloc.rpartition("@")[0]
        return self.parts._replace(netloc=f"{user}@127.0.0.1:{self.port}").geturl()

    async def open(self):
        """Let connections through."""
        self.server = await asyncio.start_server(self.lead, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def close(self):
        """End all connections and let nobody through."""
        self.server.close()
        for end in self.ends:
            end.close()

    async def lead(self, reader, writer):
        """Carry what two sides say to each other."""
        answers, server = await asyncio.open_connection(self.parts.hostname, self.parts.port)
        self.ends += (writer, server)
        await asyncio.gather(self.carry(reader, server), self.carry(answers, writer))

    async def carry(self, reader, writer):
        """Carry what one side says."""
        with contextlib.suppress(OSError):
            while piece := await reader.read(65_536):
                writer.write(piece)
        writer.close()


async def test_a_broker_that_was_away_is_asked_for_events_once(probe, client, until, monkeypatch):
    monkeypatch.setattr("shared.bus.SILENCE_SECONDS_MAX", 0.02)
    await (way := Way(probe.nats_url)).open()
    async with (
        consumer_of(client, ["loop.test_away.v1"]) as name,
        broker_connection(way.url, "test") as through,
    ):

        async def waiting():
            return (await client.jetstream().consumer_info("LOOP", name)).num_waiting

        reading = asyncio.create_task(first(through, name, 1))
        await until(waiting)
        await way.close()
        # Many times as long as it listens before it asks again.
        await asyncio.sleep(0.4)
        monkeypatch.setattr("shared.bus.SILENCE_SECONDS_MAX", 6)
        await way.open()
        await until(waiting)
        assert await waiting() == 1
        await client.jetstream().publish("loop.test_away.v1.x", b"back")
        assert await reading == ["back"]
    await way.close()


async def test_events_are_handed_over_in_their_order(client):
    async with consumer_of(client, ["loop.test_order.v1"]) as name:
        for number in range(300):
            await client.jetstream().publish("loop.test_order.v1.x", str(number).encode())
        assert await first(client, name, 300) == [str(number) for number in range(300)]


async def test_a_consumer_gets_only_the_types_that_it_asked_for(client):
    async with consumer_of(client, ["loop.test_wanted.v1"]) as name:
        await client.jetstream().publish("loop.test_other.v1.x", b"other")
        await client.jetstream().publish("loop.test_wanted.v1.x", b"wanted")
        assert await first(client, name, 1) == ["wanted"]


async def test_a_reaction_begins_now_and_a_copy_at_the_beginning(client):
    kind = f"loop.test_{new_id().hex}.v1"
    await client.jetstream().publish(f"{kind}.x", b"before")
    async with (
        consumer_of(client, [kind]) as now,
        consumer_of(client, [kind], DeliverPolicy.ALL) as all_of_it,
    ):
        await client.jetstream().publish(f"{kind}.x", b"after")
        assert await first(client, now, 1) == ["after"]
        assert await first(client, all_of_it, 2) == ["before", "after"]


@pytest.mark.parametrize(
    ("status", "data", "found"), [("100", b"", "100"), ("404", b"", "404"), (None, b"x", None)]
)
def test_what_the_broker_says_itself_is_told_from_events(status, data, found):
    message = Msg(NOBODY, data=data, headers={"Status": status} if status else None)
    assert status_of(message) == found


def test_a_pull_that_the_broker_gave_up_is_set_up_again():
    with pytest.raises(PullLost):
        status_of(Msg(NOBODY, data=b"", headers={"Status": "409"}))
