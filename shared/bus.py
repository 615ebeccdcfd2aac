"""The broker: streams, durable consumers, and a pull that hands over each event the moment it arrives."""

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamInfo,
)
from nats.js.errors import APIError, BadRequestError, NotFoundError

from shared.logs import log
from shared.manifest import inbox_prefix, manifests, services_heard_by

DAY_SECONDS = 86_400
DUPLICATE_WINDOW_SECONDS = 120
BATCH = 200
HEARTBEAT_SECONDS = 2
SILENCE_SECONDS_MAX = 6
EXPIRES_SECONDS = 30
HEARTBEAT, ENDED = "100", {"404", "408"}


class PullLost(Exception):
    """The broker gave up a standing pull: the consumer is set up again."""


class BrokerLink:
    """Whether the broker is there, and when it comes back."""

    def __init__(self) -> None:
        self.connected, self.returned = asyncio.Event(), asyncio.Event()
        self.connected.set()

    async def lose(self) -> None:
        """Note that the broker is away."""
        self.connected.clear()

    async def regain(self) -> None:
        """Note that the broker is back, and wake all that wait for that."""
        self.connected.set()
        self.returned.set()
        self.returned = asyncio.Event()


async def is_set_within(seconds: float, event: asyncio.Event) -> bool:
    """Wait for so long, or until an event is set; whether it is."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


@contextlib.asynccontextmanager
async def broker_connection(url: str, name: str, link: BrokerLink | None = None) -> AsyncIterator[Client]:
    """Give a connection to the broker that never gives up reconnecting, and keeps a link informed."""
    link = link or BrokerLink()

    async def lost(error: Exception) -> None:
        log.warning("broker_trouble", error=type(error).__name__)

    client = await nats.connect(
        url,
        name=name,
        inbox_prefix=inbox_prefix(urlsplit(url).username or ""),
        max_reconnect_attempts=-1,
        reconnect_time_wait=0.5,
        connect_timeout=5,
        error_cb=lost,
        disconnected_cb=link.lose,
        reconnected_cb=link.regain,
    )
    try:
        yield client
    finally:
        await client.close()


def run_of_broker(client: Client) -> str:
    """Which run of the broker this is: another after each start. A cluster goes on when one of it starts."""
    # The client has no public way to ask.
    return str(client._server_info.get("cluster") or client._server_info["server_id"])


async def ensure_streams(stream: JetStreamContext, replicas: int, service: str = "") -> None:
    """Create the streams that a service uses, whichever worker comes first, and update its own.

    Without a service, create or update all: only the operator's user may.
    """
    for name in dict.fromkeys((service, *services_heard_by(service))) if service else manifests():
        days = manifests()[name].stream_days
        config = StreamConfig(
            name=name.upper(),
            subjects=[f"{name}.>"],
            storage=StorageType.FILE,
            retention=RetentionPolicy.LIMITS,
            max_age=days * DAY_SECONDS if days else 0,
            duplicate_window=DUPLICATE_WINDOW_SECONDS,
            num_replicas=replicas,
        )
        try:
            await stream.add_stream(config)
        except BadRequestError:
            if name == (service or name):
                await stream.update_stream(config)


async def ensure_consumer(
    stream: JetStreamContext,
    service: str,
    durable: str,
    types: Sequence[str],
    *,
    begin: datetime | DeliverPolicy,
    ack_seconds: float,
) -> bool:
    """Create or update a durable consumer of one service's stream; return whether it was not there.

    One that is there goes on from where it is, one that is made begins at `begin`.
    The broker never gives up on an event: the consumer tries, and keeps what failed.
    `ack_seconds` is how long it waits for an acknowledgement before it delivers the event again.
    """
    found = await find_consumer(stream, service, durable)
    since = begin if isinstance(begin, datetime) else None
    policy = begin if isinstance(begin, DeliverPolicy) else DeliverPolicy.BY_START_TIME
    if found:
        policy, since = found.deliver_policy or policy, found.opt_start_time
    await stream.add_consumer(
        service.upper(),
        ConsumerConfig(
            durable_name=durable,
            deliver_policy=policy,
            opt_start_time=since,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ack_seconds,
            max_deliver=-1,
            max_ack_pending=5 * BATCH,
            filter_subjects=[f"{type_}.*" for type_ in types] or [f"{service}.>"],
        ),
    )
    return found is None


async def find_consumer(stream: JetStreamContext, service: str, durable: str) -> ConsumerConfig | None:
    """How a durable consumer is set up, None when there is none."""
    try:
        info = await stream.consumer_info(service.upper(), durable)
    except NotFoundError:
        return None
    config: ConsumerConfig = info.config
    return config


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a durable consumer got, by the broker's clock."""

    looked_at: datetime
    stream_made_at: datetime
    # Everything that was stored until then is acknowledged; None when that cannot be told.
    reached_at: datetime | None = None
    # The stream has let go of events that the consumer did not take: none older than this is left.
    lost_until: datetime | None = None


async def find_reach(client: Client, service: str, durable: str) -> Reach:
    """How far a durable consumer got; NotFoundError when there is no such consumer."""
    stream, name = client.jetstream(timeout=5), service.upper()
    found, looked_at = await look_at_stream(client, name)
    info = await stream.consumer_info(name, durable)
    floor = info.ack_floor.stream_seq if info.ack_floor else 0
    lost_until = None
    if found.config.max_age and found.state.first_seq > floor + 1:
        lost_until = looked_at - timedelta(seconds=found.config.max_age)
    reached_at = looked_at if not (info.num_pending or info.num_ack_pending) else None
    if reached_at is None and floor:
        with contextlib.suppress(NotFoundError):
            reached_at = (await stream.get_msg(name, floor)).time
    return Reach(looked_at, found.created or looked_at, reached_at, lost_until)


async def look_at_stream(client: Client, name: str) -> tuple[StreamInfo, datetime]:
    """A stream as it is, and the broker's time; NotFoundError when there is no such stream."""
    answer = json.loads((await client.request(f"$JS.API.STREAM.INFO.{name}", timeout=5)).data)
    if "error" in answer:
        APIError.from_error(answer["error"])
    return StreamInfo.from_response(answer), datetime.fromisoformat(answer["ts"])


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
    standing, waits_for_broker = 0, False
    try:
        while True:
            if standing <= 0:
                await client.publish(f"$JS.API.CONSUMER.MSG.NEXT.{service.upper()}.{durable}", request, inbox)
                standing, waits_for_broker = BATCH, not client.is_connected
            try:
                found = [await subscription.next_msg(timeout=SILENCE_SECONDS_MAX)]
            except NatsTimeout:
                # While the broker is away the client keeps one request for it. More would let a whole backlog
                # come at once, in one transaction.
                if not waits_for_broker or client.is_connected:
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
