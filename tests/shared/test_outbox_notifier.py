"""What wakes the relay: a NOTIFY after commits, on a connection that is given back."""

import asyncio

import asyncpg
from sqlalchemy import text

from shared.outbox_notifier import OutboxNotifier


async def test_the_notifier_gives_back_a_connection_that_nobody_needs(probe, until, monkeypatch):
    monkeypatch.setattr(OutboxNotifier, "IDLE_SECONDS", 0.05)
    connection = await asyncpg.connect(probe.database_url)
    woken = asyncio.Event()

    async def is_alone():
        return not await connection.fetchval(
            "SELECT count(*) FROM pg_stat_activity "
            "WHERE query LIKE 'NOTIFY%' AND datname = current_database()"
        )

    try:
        await connection.add_listener("outbox", lambda *_: woken.set())
        async with OutboxNotifier(probe.database_url).running() as notifier:
            for _ in range(2):
                notifier.notify_soon()
                async with asyncio.timeout(10):
                    await woken.wait()
                woken.clear()
                await until(is_alone)
    finally:
        await connection.close()


async def test_the_notifier_sends_a_notify(probe, sessions):
    heard = asyncio.Event()
    async with sessions() as session, OutboxNotifier(probe.database_url).running() as notifier:
        connection = (await (await session.connection()).get_raw_connection()).driver_connection
        await connection.add_listener("outbox", lambda *_: heard.set())
        notifier.notify_soon()
        async with asyncio.timeout(10):
            await heard.wait()
        await connection.remove_listener("outbox", lambda *_: None)
        await session.execute(text("SELECT 1"))


async def test_it_waits_longer_only_while_many_commits_follow_each_other(probe, monkeypatch):
    waited: asyncio.Queue[float] = asyncio.Queue()
    sleep = asyncio.sleep
    short, long = OutboxNotifier.INTERVAL_SECONDS, OutboxNotifier.BUSY_SECONDS

    async def note(seconds, *given):
        if seconds in (short, long):
            waited.put_nowait(seconds)
        await sleep(0 if seconds in (short, long) else seconds, *given)

    monkeypatch.setattr(asyncio, "sleep", note)
    async with OutboxNotifier(probe.database_url).running() as notifier:
        for commits, expected in ((1, short), (50, long), (50, long), (1, short), (1, short)):
            for _ in range(commits):
                notifier.notify_soon()
            async with asyncio.timeout(10):
                assert await waited.get() == expected
