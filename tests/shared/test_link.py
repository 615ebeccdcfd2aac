"""What needs the broker waits for it, and goes on as soon as it is back."""

import asyncio
from typing import Any

from shared.worker import WorkerContext, end_tasks, keep_running

# What a task that is kept running has no need of.
NOTHING: Any = None


async def test_what_needs_the_broker_waits_until_it_is_back(probe, until):
    runs = []

    async def task(context):
        runs.append(context.link.connected.is_set())
        await asyncio.Event().wait()

    context = WorkerContext("loop", probe, NOTHING, NOTHING, NOTHING, NOTHING, wanted={"task"})
    await context.link.lose()
    needing = asyncio.create_task(keep_running(context, task, "task"))
    other = asyncio.create_task(keep_running(context, task, "other"))

    async def both():
        return len(runs) == 2

    async def one():
        return len(runs) == 1

    await until(one)
    assert runs == [False]
    await context.link.regain()
    await until(both)
    await end_tasks([needing, other])


async def test_when_the_broker_is_back_nothing_waits_any_longer(probe, until, monkeypatch):
    monkeypatch.setattr("shared.worker.RESTART_SECONDS", 3600.0)
    runs = []

    async def failing(context):
        runs.append(context)
        raise TimeoutError

    context = WorkerContext("loop", probe, NOTHING, NOTHING, NOTHING, NOTHING, wanted={"task"})
    running = asyncio.create_task(keep_running(context, failing, "task"))
    for count in (1, 2, 3):

        async def ran(count=count):
            return len(runs) == count

        await until(ran)
        await context.link.lose()
        await context.link.regain()
    await end_tasks([running])
