"""The doctor names what is wrong with the broker: each fault is made for real."""

import subprocess
import sysconfig
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import nats
import pytest
from nats.js import JetStreamContext

from deploy.doctor.broker import check_brokers
from deploy.doctor.deployment import Deployment
from deploy.keys import SERVICES
from shared.bus import ensure_streams
from tests.fixtures.homes import eventually
from tests.fixtures.servers import Servers


def at(deployment: Deployment, url: str) -> Deployment:
    """The deployment with another broker."""
    urls = {f"{service.upper()}_NATS_URL": url for service in SERVICES}
    return replace(deployment, settings={**deployment.settings, **urls})


@pytest.fixture
async def streams(servers: Servers) -> AsyncIterator[JetStreamContext]:
    """Give the broker with all streams, and make them again afterwards."""
    client = await nats.connect(servers.nats_url)
    stream = client.jetstream()
    await ensure_streams(stream, 1)
    yield stream
    await ensure_streams(stream, 1)
    await client.close()


@pytest.fixture
def without_streams(closed_port: int, tmp_path: Path) -> Iterator[str]:
    """Run a broker that keeps nothing and return its address."""
    program = Path(sysconfig.get_path("scripts")) / "nats-server"
    ports = tmp_path / "ports"
    ports.mkdir()
    command = [str(program), "-a", "127.0.0.1", "-p", str(closed_port), "--ports_file_dir", str(ports)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        eventually(lambda: list(ports.iterdir()))
        yield f"nats://127.0.0.1:{closed_port}"
        process.terminate()


async def test_a_sound_broker_has_no_fault(deployment: Deployment, streams: JetStreamContext) -> None:
    assert await check_brokers(deployment) == []


async def test_a_broker_that_is_away_is_named_once(deployment: Deployment, closed_port: int) -> None:
    [fault] = await check_brokers(at(deployment, f"nats://doorway:any@127.0.0.1:{closed_port}"))
    assert fault.name == "broker_unreachable"
    assert str(closed_port) in fault.sentence


async def test_another_password_is_named(deployment: Deployment) -> None:
    urls = {"LOOP_NATS_URL": deployment.settings["LOOP_NATS_URL"].replace("loop:", "loop:x")}
    [fault] = await check_brokers(replace(deployment, settings={**deployment.settings, **urls}))
    assert fault.name == "broker_refuses"
    assert "password of loop" in fault.sentence


async def test_a_stream_that_is_missing_is_named_with_the_worker_that_makes_it(
    deployment: Deployment, streams: JetStreamContext
) -> None:
    await streams.delete_stream("LOOP")
    [fault] = await check_brokers(deployment)
    assert fault.name == "stream_missing"
    assert "LOOP" in fault.sentence
    assert "loop-worker" in fault.next


async def test_a_broker_without_streams_is_named(deployment: Deployment, without_streams: str) -> None:
    [fault] = await check_brokers(at(deployment, without_streams))
    assert fault.name == "jetstream_down"
