"""Each service gets into the broker as itself: it can do its own work there and nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import nats
import pytest
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import DeliverPolicy

from deploy.broker_users import OPERATOR, broker_address, broker_users, write_broker_users
from deploy.keys import SERVICES
from services.feedback import consumers as feedback
from services.gateway.worker import take_events
from services.loop import consumers as loop
from shared.bus import broker_connection, ensure_consumer, ensure_streams, find_reach, pull_events
from shared.consumers import consumers_of
from shared.ids import new_id
from shared.manifest import services_heard_by
from tests.fixtures.servers import Servers

CONSUMERS = {
    "feedback": list(consumers_of("feedback", feedback.COPIES, feedback.REACTIONS, None)),
    "gateway": list(consumers_of("gateway", {}, {}, take_events)),
    "loop": list(consumers_of("loop", loop.COPIES, loop.REACTIONS, None)),
    "registry": [],
}
OTHERS = [(each, other) for each in SERVICES for other in SERVICES if other != each]
Refused = Callable[[str], Awaitable[None]]


@pytest.mark.parametrize("scheme", ["nats", "tls"])
def test_an_address_stays_encrypted(servers: Servers, scheme: str) -> None:
    made = broker_address(f"{scheme}://me:x@broker.example:4222", servers.secrets, "loop")
    assert made.startswith(f"{scheme}://loop:")
    assert made.endswith("@broker.example:4222")


@pytest.fixture
async def streams(servers: Servers) -> AsyncIterator[JetStreamContext]:
    """Give the broker with all streams, as its operator."""
    async with broker_connection(servers.nats_url, "test") as client:
        stream = client.jetstream()
        await ensure_streams(stream, 1)
        yield stream


@pytest.fixture
async def intruder(servers: Servers, streams: JetStreamContext) -> AsyncIterator[tuple[Client, Refused]]:
    """Feedback's user, and what waits until the broker has refused it a subject."""
    answers: asyncio.Queue[str] = asyncio.Queue()

    async def keep(error: Exception) -> None:
        answers.put_nowait(str(error))

    async def refused(subject: str) -> None:
        answer = await asyncio.wait_for(answers.get(), 20)
        assert "permissions violation" in answer.lower()
        assert subject.lower() in answer.lower()

    url = broker_address(servers.nats_url, servers.secrets, "feedback")
    client = await nats.connect(url, inbox_prefix="_INBOX_feedback", error_cb=keep)
    yield client, refused
    await client.close()


@pytest.mark.parametrize("service", SERVICES)
def test_the_manifest_names_the_streams_that_the_worker_takes(service: str) -> None:
    assert {each.stream for each in CONSUMERS[service]} == set(services_heard_by(service))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_can_do_all_of_its_own_work(
    servers: Servers, streams: JetStreamContext, service: str
) -> None:
    url = broker_address(servers.nats_url, servers.secrets, service)
    async with broker_connection(url, "test") as client:
        stream = client.jetstream(timeout=10)
        await ensure_streams(stream, 1, service)
        assert (await stream.publish(f"{service}.trial.v1.x", b"own")).stream == service.upper()
        for each in CONSUMERS[service]:
            kind, begin = f"{each.stream}.trial_of_{each.name}.v1", DeliverPolicy.NEW
            await ensure_consumer(stream, each.stream, each.name, [kind], begin=begin, ack_seconds=30)
            await streams.publish(f"{kind}.x", b"heard")
            [taken] = await anext(pull_events(client, each.stream, each.name))
            await taken.ack_sync(timeout=10)
            # With one more on its way, it looks up when the last one came.
            await streams.publish(f"{kind}.x", b"more")
            assert (await find_reach(client, each.stream, each.name)).reached_at
            await streams.delete_consumer(each.stream.upper(), each.name)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_can_make_its_streams_when_the_broker_has_lost_them(
    servers: Servers, streams: JetStreamContext, service: str
) -> None:
    used = {service, *services_heard_by(service)}
    for each in used:
        await streams.delete_stream(each.upper())
    url = broker_address(servers.nats_url, servers.secrets, service)
    async with broker_connection(url, "test") as client:
        await ensure_streams(client.jetstream(timeout=10), 1, service)
    for each in used:
        assert (await streams.stream_info(each.upper())).config.subjects == [f"{each}.>"]
    await ensure_streams(streams, 1)


@pytest.mark.parametrize(("service", "other"), OTHERS)
def test_no_service_may_publish_for_another(secrets: Path, service: str, other: str) -> None:
    assert not [right for right in rights(secrets)[service]["publish"] if right.startswith(f"{other}.")]


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_may_destroy_or_list(secrets: Path, service: str) -> None:
    for right in rights(secrets)[service]["publish"]:
        assert not {"DELETE", "PURGE", "NAMES", "LIST", "*"} & set(right.split(".")), right
    assert rights(secrets)[service]["subscribe"] == [f"_INBOX_{service}.>"]


async def test_a_service_cannot_publish_for_another(
    intruder: tuple[Client, Refused], streams: JetStreamContext
) -> None:
    client, refused = intruder
    subject = f"loop.forged.v1.{new_id()}"
    before = (await streams.stream_info("LOOP")).state.last_seq
    await client.publish(subject, b"{}")
    await refused(subject)
    assert (await streams.stream_info("LOOP")).state.last_seq == before


@pytest.mark.parametrize(
    "subject",
    [
        *(f"$JS.API.STREAM.{act}.{name.upper()}" for act in ("DELETE", "PURGE") for name in SERVICES),
        "$JS.API.STREAM.UPDATE.LOOP",
        "$JS.API.STREAM.MSG.DELETE.FEEDBACK",
        "$JS.API.STREAM.MSG.GET.GATEWAY",
        "$JS.API.CONSUMER.MSG.NEXT.FEEDBACK.gateway-all",
        "$JS.API.CONSUMER.INFO.FEEDBACK.gateway-all",
        "$JS.API.CONSUMER.DELETE.FEEDBACK.gateway-all",
        "$JS.API.CONSUMER.DELETE.LOOP.feedback-reactions",
        "$JS.API.CONSUMER.DURABLE.CREATE.FEEDBACK.gateway-all",
        "$JS.API.CONSUMER.CREATE.LOOP",
        "$JS.API.CONSUMER.DURABLE.CREATE.GATEWAY.feedback-all",
        "$JS.ACK.FEEDBACK.gateway-all.1.1.1.1.1",
    ],
)
async def test_a_service_cannot_destroy_or_read_what_is_anothers(
    intruder: tuple[Client, Refused], streams: JetStreamContext, subject: str
) -> None:
    client, refused = intruder
    made = {each: (await streams.stream_info(each.upper())).created for each in SERVICES}
    await client.publish(subject, b"{}", client.new_inbox())
    await refused(subject)
    assert {each: (await streams.stream_info(each.upper())).created for each in SERVICES} == made


@pytest.mark.parametrize("subject", [">", "loop.>", "_INBOX.>", "_INBOX_gateway.>", "$JS.>"])
async def test_a_service_cannot_listen_to_others(intruder: tuple[Client, Refused], subject: str) -> None:
    client, refused = intruder
    await client.subscribe(subject)
    await refused(subject)


def test_each_user_has_a_password_of_its_own(secrets: Path) -> None:
    passwords = [each["password"] for each in users(secrets)]
    assert len(set(passwords)) == len(passwords) == 1 + len(SERVICES)
    assert [each["user"] for each in users(secrets)] == [OPERATOR, *SERVICES]


def test_the_file_of_users_is_private(secrets: Path) -> None:
    write_broker_users(secrets)
    [file] = secrets.glob("*.conf")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.read_text() == broker_users(secrets)


def users(secrets: Path) -> list[dict[str, str]]:
    """The users as the configuration has them."""
    found: list[dict[str, str]] = json.loads(broker_users(secrets).removeprefix("users: "))
    return found


def rights(secrets: Path) -> dict[str, dict[str, list[str]]]:
    """The rights of each user who has not all."""
    found = json.loads(broker_users(secrets).removeprefix("users: "))
    return {each["user"]: each["permissions"] for each in found if "permissions" in each}
