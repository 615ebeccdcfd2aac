"""A worker outlives what it depends on, and stops when told to."""

import asyncio
import contextlib
import os
import signal

import pytest
from sqlalchemy import text

from shared import tidying, worker
from shared.bus import broker_connection
from shared.events.loop import LoopDrafted
from shared.ids import new_id
from shared.outbox import record
from shared.worker import end_tasks, every, run_worker, until_done
from tests.shared.thing import Thing, drafted


@contextlib.asynccontextmanager
async def working(settings, **parts):
    """Run the worker of the small service; it ends as it does in production."""
    task = asyncio.create_task(run_worker("loop", settings, **parts))
    try:
        yield
    finally:
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(15):
            await task


@pytest.fixture
def ready(probe, tmp_path):
    file = tmp_path / "ready"
    return probe.model_copy(update={"ready_file": str(file)}), file


async def test_an_event_goes_through_outbox_broker_and_reaction(ready, sessions, until):
    settings, file = ready
    seen = []

    async def react(session, event, envelope):
        seen.append(event.loop_id)

    async def is_ready():
        return file.exists()

    async with working(settings, reactions={LoopDrafted: react}):
        await until(is_ready)
        async with sessions.begin() as session:
            thing = Thing(id=new_id(), name="x")
            session.add(thing)
            record(session, thing, drafted(thing))

        async def came():
            return thing.id in seen

        await until(came)
    assert seen.count(thing.id) == 1


class Reacting:
    """A worker that reacts to events: which things it heard of, and how to save one with its event."""

    def __init__(self, ready, sessions, until):
        (self.settings, self.file), self.sessions, self.until = ready, sessions, until
        self.heard = []

    async def react(self, _session, event, _envelope):
        self.heard.append(event.loop_id)

    @contextlib.asynccontextmanager
    async def running(self, *, reacts=True):
        self.file.unlink(missing_ok=True)

        async def is_ready():
            return self.file.exists()

        async with working(self.settings, reactions={LoopDrafted: self.react} if reacts else {}):
            await self.until(is_ready)
            yield

    async def save(self):
        async with self.sessions.begin() as session:
            thing = Thing(id=new_id(), name="x")
            session.add(thing)
            record(session, thing, drafted(thing))
        return thing.id

    async def until_heard(self, thing_id):
        async def heard():
            return thing_id in self.heard

        await self.until(heard)

    async def until_published(self):
        async def published():
            async with self.sessions() as session:
                return not await session.scalar(
                    text("SELECT count(*) FROM outbox WHERE published_at IS NULL")
                )

        await self.until(published)

    async def made_anew(self):
        async with self.sessions() as session:
            found = await session.scalars(
                text("SELECT consumer FROM stream_position WHERE made_anew_at IS NOT NULL")
            )
            return set(found)


@pytest.fixture
def reacting(ready, sessions, until):
    """A worker that reacts."""
    return Reacting(ready, sessions, until)


@pytest.fixture
async def stream(probe):
    """The broker's streams."""
    async with broker_connection(probe.nats_url, "test") as client:
        yield client.jetstream()


async def test_a_reaction_goes_on_where_it_was_when_the_broker_lost_its_consumer(reacting, stream):
    async with reacting.running():
        await reacting.until_heard(before := await reacting.save())
    await stream.delete_consumer("LOOP", "loop-reactions")
    # Nobody listens in this moment: a consumer that began now would never hear of it.
    between = await reacting.save()
    async with reacting.running(reacts=False):
        await reacting.until_published()
    async with reacting.running():
        await reacting.until_heard(between)
    assert reacting.heard.count(before) == 1
    assert await reacting.made_anew() == {"loop-reactions"}


async def test_what_a_lost_stream_held_is_published_again_and_heard_once(reacting, stream):
    async with reacting.running():
        await reacting.until_heard(before := await reacting.save())
    held = await reacting.save()
    async with reacting.running(reacts=False):
        await reacting.until_published()
    await stream.delete_stream("LOOP")
    after = await reacting.save()
    async with reacting.running():
        await reacting.until_heard(held)
        await reacting.until_heard(after)
        await reacting.until_published()
        await reacting.until_heard(last := await reacting.save())
    assert [reacting.heard.count(each) for each in (before, held, after, last)] == [1, 1, 1, 1]
    assert await reacting.made_anew() == {"loop-reactions", "relay"}


async def test_a_stream_that_is_lost_while_the_worker_runs_is_noticed(reacting, stream, monkeypatch):
    monkeypatch.setattr(worker, "FOLLOW_SECONDS", 0.05)

    async def both():
        return await reacting.made_anew() == {"loop-reactions", "relay"}

    async with reacting.running():
        await reacting.until_heard(before := await reacting.save())
        await stream.delete_stream("LOOP")
        await reacting.until(both)
        await reacting.until_heard(after := await reacting.save())
    assert [reacting.heard.count(each) for each in (before, after)] == [1, 1]


async def test_a_task_that_fails_is_run_again(ready, until):
    settings, _ = ready
    runs = []

    async def failing(context):
        runs.append(1)
        raise RuntimeError("not now")

    async def three():
        return len(runs) >= 3

    async with working(settings, tasks=[failing]):
        await until(three)


async def test_a_timer_works_in_one_worker_at_a_time(ready, until):
    settings, _ = ready
    at_work, most, rounds = 0, 0, 0

    async def work(context):
        nonlocal at_work, most, rounds
        at_work += 1
        most = max(most, at_work)
        async with context.engine.connect() as connection:
            await connection.execute(text("SELECT pg_sleep(0.02)"))
        at_work -= 1
        rounds += 1

    async def enough():
        return rounds >= 6

    async with working(settings, tasks=[every(0.01, "timer", work), every(0.01, "timer", work)]):
        await until(enough)
    assert most == 1


async def test_few_timers_run_at_once_so_that_few_connections_are_open(ready, until):
    settings, _ = ready
    at_work = most = 0
    done = set()

    def timer(name):
        async def work(context):
            nonlocal at_work, most
            at_work += 1
            most = max(most, at_work)
            async with context.engine.connect() as connection:
                await connection.execute(text("SELECT pg_sleep(0.02)"))
            at_work -= 1
            done.add(name)

        return every(3600, name, work)

    async def all_done():
        return len(done) == 6

    async with working(settings, tasks=[timer(f"timer {number}") for number in range(6)]):
        await until(all_done)
    assert most == worker.TIMERS_AT_ONCE


async def test_work_is_done_a_little_in_each_transaction_until_nothing_is_left(ready, sessions, until):
    settings, _ = ready
    left, transactions, seen = 3, [], []

    async def make_one(session):
        nonlocal left
        transactions.append(await session.scalar(text("SELECT pg_current_xact_id()::text")))
        if not left:
            return 0
        left -= 1
        thing = Thing(id=new_id(), name="x")
        session.add(thing)
        record(session, thing, drafted(thing))
        return 1

    async def react(session, event, envelope):
        seen.append(event.loop_id)

    async def came():
        return len(seen) == 3

    work = every(3600, "work", until_done(make_one))
    async with working(settings, tasks=[work], reactions={LoopDrafted: react}):
        await until(came)
    assert len(set(transactions)) == len(transactions) == 4


async def test_what_nobody_can_ask_for_any_more_is_deleted(ready, sessions, until, monkeypatch):
    monkeypatch.setattr(tidying, "TIDY_ROWS", 2)
    settings, _ = ready
    async with sessions.begin() as session:
        thing = Thing(id=new_id(), name="x")
        session.add(thing)
        for _ in range(5):
            record(session, thing, drafted(thing))
            await session.flush()
        await session.execute(text("UPDATE outbox SET published_at = now() - interval '8 days'"))

    async def gone():
        async with sessions() as session:
            return await session.scalar(text("SELECT count(*) FROM outbox")) == 0

    async with working(settings):
        await until(gone)


async def test_tasks_end_also_when_they_swallow_a_cancellation():
    swallowed = 0

    async def stubborn():
        nonlocal swallowed
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end_tasks([task])
    assert (task.cancelled(), swallowed) == (True, 2)
