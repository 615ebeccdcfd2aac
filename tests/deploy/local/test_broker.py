"""The broker keeps what it acknowledged, and lets nobody in without the password or from outside."""

import asyncio
import json
import stat

import pytest

from deploy.keys import make_keys
from deploy.local.broker import Broker, broker_of
from deploy.local.home import Home
from tests.fixtures.servers import Servers


@pytest.fixture
def broker(home: Home) -> Broker:
    """The broker of a home, not started."""
    make_keys(home.make().secrets)
    return broker_of(home, 4222, 8222)


def test_its_configuration_is_private_and_it_writes_often(broker: Broker) -> None:
    broker.prepare()
    file = broker.folder / "nats.conf"
    text = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "sync_interval: 5s" in text
    assert 'listen: "127.0.0.1:4222"' in text
    assert 'http: "127.0.0.1:8222"' in text


@pytest.mark.parametrize("words", [{}, {"user": "doorway", "pass": "wrong"}])
async def test_nobody_gets_in_without_the_password(servers: Servers, words: dict[str, str]) -> None:
    port = int(servers.nats_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert (await reader.readline()).startswith(b"INFO")
    writer.write(b"CONNECT " + json.dumps({"verbose": True, **words}).encode() + b"\r\n")
    assert b"Authorization Violation" in await reader.readline()
    writer.close()
    await writer.wait_closed()
