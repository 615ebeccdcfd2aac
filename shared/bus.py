"""The broker: streams, durable consumers, and a pull that hands over each event the moment it arrives."""

import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError

from shared.logs import log
from shared.manifest import manifests

DAY_SECONDS = 86_400
DUPLICATE_WINDOW_SECONDS = 120
BATCH = 200
HEARTBEAT_SECONDS = 2
SILENCE_SECONDS_MAX = 6
EXPIRES_SECONDS = 30
HEARTBEAT, ENDED = "100", {"404", "408"}


class PullLost(Exception):
    """The broker gave up a standing pull: the consumer is set up again."""


@contextlib.asynccontextmanager
async def broker_connection(url: str, name: str) -> AsyncIterator[Client]:
    """Give a connection to the broker that never gives up reconnecting."""

    async def lost(error: Exception) -> None:
        log.warning("broker_trouble", error=type(error).__name__)

    client = await nats.connect(
        url, name=name, max_reconnect_attempts=-1, reconnect_time_wait=0.5, connect_timeout=5, error_cb=lost
    )
    try:
        yield client
    finally:
        await client.close()


async def ensure_streams(stream: JetStreamContext, replicas: int) -> None:
    """Create or update the stream of every service, whichever worker comes first."""
    for service, manifest in manifests().items():
        days = manifest.stream_days
        config = StreamConfig(
            name=service.upper(),
            subjects=[f"{service}.>"],
            storage=StorageType.FILE,
            retention=RetentionPolicy.LIMITS,
            max_age=days * DAY_SECONDS if days else 0,
            duplicate_window=DUPLICATE_WINDOW_SECONDS,
            num_replicas=replicas,
        )
        try:
            await stream.add_stream(config)
        except BadRequestError:
            await stream.update_stream(config)


async def ensure_consumer(
    stream: JetStreamContext,
    service: str,
    durable: str,
    types: Sequence[str],
    *,
    from_now: bool,
    ack_seconds: float,
) -> None:
    """Create or update a durable consumer of one service's stream.

    The broker never gives up on an event: the consumer tries, and keeps what failed.
    `ack_seconds` is how long it waits for an acknowledgement before it delivers the event again.
    """
    await stream.add_consumer(
        service.upper(),
        ConsumerConfig(
            durable_name=durable,
            deliver_policy=DeliverPolicy.NEW if from_now else DeliverPolicy.ALL,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ack_seconds,
            max_deliver=-1,
            max_ack_pending=5 * BATCH,
            filter_subjects=[f"{type_}.*" for type_ in types] or [f"{service}.>"],
        ),
    )


async def pull_events(client: Client, service: str, durable: str) -> AsyncGenerator[list[Msg], None]:
    """Yield the events of a durable consumer, as many at a time as are there.

    One request stands at the broker all the time, and is made again when the broker falls silent: see
    docs/decisions/0018.
    """
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox)
    request = json.dumps(
        {"batch": BATCH, "expires": EXPIRES_SECONDS * 10**9, "idle_heartbeat": HEARTBEAT_SECONDS * 10**9}
    ).encode()
    standing = 0
    try:
        while True:
            if standing <= 0:
                await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{service.upper()}.{durable}", request, inbox)
                standing = BATCH
            try:
                found = [await subscription.next_msg(timeout=SILENCE_SECONDS_MAX)]
            except NatsTimeout:
                standing = 0
                continue
            while subscription.pending_msgs:
                found.append(await subscription.next_msg())
            events = [message for message in found if not status_of(message)]
            standing -= len(events)
            if any(status_of(message) in ENDED for message in found):
                standing = 0
            if events:
                yield events
    finally:
        with contextlib.suppress(Exception):
            await subscription.unsubscribe()


def status_of(message: Msg) -> str | None:
    """The status of a message that is from the broker itself; PullLost when it ended the pull."""
    status = (message.headers or {}).get("Status") if not message.data else None
    if status and status != HEARTBEAT and status not in ENDED:
        raise PullLost(status)
    return status
