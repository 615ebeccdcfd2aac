"""The worker of a service: relay, consumers and timers, each started again when it fails."""

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import DeliverPolicy
from nats.js.errors import NotFoundError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from shared.bus import (
    BrokerLink,
    Reach,
    broker_connection,
    ensure_consumer,
    ensure_streams,
    find_reach,
    is_set_within,
    look_at_stream,
    pull_events,
    run_of_broker,
)
from shared.consumers import Consumer, Copiers, Handlers, Take, consumers_of
from shared.consuming import consume, is_no_fault
from shared.db import END_WHEN_HUNG, make_engine, make_sessions, showing_life, transaction
from shared.life import alive_file, mark_alive
from shared.logs import log, places_of, set_up_logs
from shared.metrics import exposed
from shared.outbox import Relay
from shared.outbox_notifier import OutboxNotifier
from shared.positions import LATE, OVERLAP, find_position, keep_own_stream, keep_reach, note_made_anew
from shared.settings import ServiceSettings
from shared.tidying import TIDY, tidying

RESTART_SECONDS, RESTART_SECONDS_MAX = 0.25, 15.0
HEARTBEAT_SECONDS = 2.0
FOLLOW_SECONDS = 10.0
TIDY_SECONDS = 3600
# Each has a connection for its lock and one for its work. A second one runs while the first works for long.
TIMERS_AT_ONCE = 2


@dataclass
class WorkerContext:
    """What the parts of a worker share."""

    service: str
    settings: ServiceSettings
    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    client: Client
    notifier: OutboxNotifier
    link: BrokerLink = field(default_factory=BrokerLink)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    timing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TIMERS_AT_ONCE))
    started: set[str] = field(default_factory=set)
    wanted: set[str] = field(default_factory=set)

    def transaction(self) -> contextlib.AbstractAsyncContextManager[AsyncSession]:
        """A transaction that wakes the relay once it is committed, if an event was recorded in it."""
        return transaction(self.sessions, self.notifier.notify_soon)

    @contextlib.asynccontextmanager
    async def effect(self) -> AsyncIterator[AsyncSession]:
        """A transaction in which events take effect; if this process hangs, its locks are soon let go."""
        async with self.transaction() as session:
            await session.execute(END_WHEN_HUNG)
            yield session

    async def pause(self, seconds: float) -> None:
        """Wait, or return immediately when the worker must stop."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)


Task = Callable[[WorkerContext], Awaitable[None]]


def every(seconds: float, name: str, work: Task) -> Task:
    """A task that does some work again and again, at least so often, in one worker at a time."""

    async def work_alone(context: WorkerContext) -> None:
        # The lock ends with its transaction, however that ends.
        async with context.timing, context.engine.begin() as connection:
            mine = text("SELECT pg_try_advisory_xact_lock(hashtext(:name))")
            if await connection.scalar(mine, {"name": name}):
                async with showing_life(connection):
                    await work(context)

    async def run(context: WorkerContext) -> None:
        while not context.stopping.is_set():
            await work_alone(context)
            await context.pause(seconds * random.uniform(0.7, 1.0))

    run.__name__ = name
    return run


def until_done(work: Callable[[AsyncSession], Awaitable[int]]) -> Task:
    """A task that does some work, a little in each transaction, until nothing is left of it."""

    async def run(context: WorkerContext) -> None:
        done = 1
        while done:
            async with context.transaction() as session:
                done = await work(session)

    return run


async def tidy(context: WorkerContext) -> None:
    """Delete what the plumbing need not keep any longer, a piece in each transaction."""
    for table, is_old in TIDY.items():
        await until_done(tidying(table, is_old))(context)


async def make_streams(context: WorkerContext) -> None:
    """Make the streams that the service uses, as far as they are not there."""
    stream = context.client.jetstream(timeout=10)
    await ensure_streams(stream, context.settings.nats_replicas, context.service)


async def relay(context: WorkerContext) -> None:
    """Publish what is saved."""
    # A service without consumers has nobody else who would make the streams.
    await make_streams(context)
    await follow_own_stream(context)
    context.started.add("relay")
    await Relay(context.service, context.settings.database_url, context.client).run()


async def follow_own_stream(context: WorkerContext) -> None:
    """See whether the broker still has the stream that the service publishes into."""
    found, looked_at = await look_at_stream(context.client, context.service.upper())
    async with context.transaction() as session:
        seen = Reach(looked_at, found.created or looked_at)
        await keep_own_stream(session, context.service, seen, run_of_broker(context.client))


def consuming(consumer: Consumer) -> Task:
    """The task that takes one consumer's events."""

    async def run(context: WorkerContext) -> None:
        await set_up_consumer(context, consumer)
        context.started.add(run.__name__)
        hold_seconds = context.settings.nats_ack_seconds / 3
        async for messages in pull_events(context.client, consumer.stream, consumer.name):
            await consume(context.effect, consumer, messages, hold_seconds)

    run.__name__ = f"{consumer.name} of {consumer.stream}"
    return run


async def set_up_consumer(context: WorkerContext, consumer: Consumer) -> None:
    """Set up a durable consumer; a reaction that the broker has lost goes on from its own position."""
    stream = context.client.jetstream(timeout=10)
    await make_streams(context)
    async with context.sessions.begin() as session:
        position = await find_position(session, consumer.name, consumer.stream)
        begin = DeliverPolicy.NEW if consumer.once else DeliverPolicy.ALL
        is_new = await ensure_consumer(
            stream,
            consumer.stream,
            consumer.name,
            consumer.types,
            begin=position.reached_at - OVERLAP if position and consumer.once else begin,
            ack_seconds=context.settings.nats_ack_seconds,
        )
        if position and is_new:
            note_made_anew(position)
        reach = await find_reach(context.client, consumer.stream, consumer.name)
        await keep_reach(session, consumer.name, consumer.stream, reach)


def following(consumers: Sequence[Consumer]) -> Task:
    """The task that keeps how far each consumer got, and finds out what the broker has lost."""
    late: set[str] = set()

    async def look(context: WorkerContext) -> None:
        await follow_own_stream(context)
        for each in consumers:
            reach = await find_reach(context.client, each.stream, each.name)
            async with context.sessions.begin() as session:
                lag = await keep_reach(session, each.name, each.stream, reach)
            which = f"{each.name} of {each.stream}"
            if lag > LATE and which not in late:
                log.warning("consumer_late", consumer=which, seconds=int(lag.total_seconds()))
            (late.add if lag > LATE else late.discard)(which)

    async def follow(context: WorkerContext) -> None:
        while not context.stopping.is_set():
            await context.pause(FOLLOW_SECONDS)
            try:
                await look(context)
            except NotFoundError:
                # An idle service would not notice that its stream is gone.
                await make_streams(context)
            except Exception as error:
                # The broker or the database is away: others have said so.
                if not isinstance(error, NatsError) and not is_no_fault(error):
                    raise

    return follow


async def keep_running(context: WorkerContext, task: Task, name: str) -> None:
    """Run a task, and run it again with a growing delay when it fails.

    While the broker is away, what needs it is not even tried; when it is back, nothing waits any longer.
    """
    delay = RESTART_SECONDS
    while not context.stopping.is_set():
        if name in context.wanted:
            await context.link.connected.wait()
        began, returned = asyncio.get_running_loop().time(), context.link.returned
        try:
            await task(context)
        except Exception as error:
            context.started.discard(name)
            log.error("task_failed", task=name, error=type(error).__name__, at=places_of(error))
        if asyncio.get_running_loop().time() - began > RESTART_SECONDS_MAX:
            delay = RESTART_SECONDS
        broker_is_back = await is_set_within(delay * random.uniform(0.8, 1.2), returned)
        delay = RESTART_SECONDS if broker_is_back else min(delay * 2, RESTART_SECONDS_MAX)


async def show_life(context: WorkerContext) -> None:
    """Touch the ready file while every part is at work and the broker is connected."""
    file = Path(context.settings.ready_file) if context.settings.ready_file else None
    said = False
    while not context.stopping.is_set():
        well = context.wanted <= context.started and context.client.is_connected
        if file:
            mark_alive(alive_file(file))
        if well and file:
            mark_alive(file)
        if well and not said:
            log.info("worker_ready", service=context.service)
            said = True
        await context.pause(HEARTBEAT_SECONDS if said else 0.1)


@contextlib.asynccontextmanager
async def worker_context(service: str, settings: ServiceSettings) -> AsyncIterator[WorkerContext]:
    """Open what the worker needs; waits for a broker or database that is not there yet."""
    engine = make_engine(settings)
    notifier, link = OutboxNotifier(settings.database_url), BrokerLink()
    async with contextlib.AsyncExitStack() as stack:
        stack.enter_context(exposed(settings))
        stack.push_async_callback(engine.dispose)
        connection = broker_connection(settings.nats_url, f"{service} worker", link)
        client = await stack.enter_async_context(connection)
        await stack.enter_async_context(notifier.running())
        yield WorkerContext(service, settings, engine, make_sessions(engine), client, notifier, link)


async def end_tasks(running: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks until they have ended: in Python 3.11 a library's wait_for may swallow a cancellation."""
    left = set(running)
    while left:
        for each in left:
            each.cancel()
        _, left = await asyncio.wait(left, timeout=0.5)


async def run_worker(
    service: str,
    settings: ServiceSettings,
    *,
    copies: Copiers = MappingProxyType({}),
    reactions: Handlers = MappingProxyType({}),
    all_events: Take | None = None,
    tasks: Sequence[Task] = (),
) -> None:
    """Run the worker of a service until it is told to stop (SIGTERM or SIGINT)."""
    set_up_logs(service, settings.log_level)
    async with worker_context(service, settings) as context:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, context.stopping.set)
        consumers = list(consumers_of(service, copies, reactions, all_events))
        needed = [relay, *map(consuming, consumers)]
        context.wanted = {part.__name__ for part in needed}
        parts = [*needed, following(consumers), every(TIDY_SECONDS, "tidy", tidy), *tasks]
        working = [keep_running(context, part, part.__name__) for part in parts]
        running = [asyncio.create_task(each) for each in (*working, show_life(context))]
        await context.stopping.wait()
        await end_tasks(running)
        if settings.ready_file:
            alive_file(Path(settings.ready_file)).unlink(missing_ok=True)
    log.info("worker_stopped", service=service)
