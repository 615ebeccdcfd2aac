"""What the worker does for sources: map what came in, and delete the bytes when they are no longer needed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import cast

import asyncpg

from services.feedback.items.desk import Desk
from services.feedback.settings import Settings
from services.feedback.sources import queries
from services.feedback.sources.payloads import settle
from services.feedback.sources.sealing import Seals
from shared.clock import now
from shared.outbox import CHANNEL
from shared.worker import Task, WorkerContext, every

BATCH = 20
POLL_SECONDS = 1.0
RAW_KEPT = timedelta(days=30)
DELETE_SECONDS = 3600
DELETED_AT_ONCE = 500


async def map_received(context: WorkerContext) -> None:
    """Map payloads as they come in, until the worker stops; several workers share them."""
    settings = cast(Settings, context.settings)
    async with Desk.open(settings) as desk, woken(settings.database_url) as wake:
        # A body that is not here yet is tried again later, instead of keeping the others waiting.
        desk, seals = replace(desk, arrival_seconds=0.0), Seals(settings.seal_key)
        context.started.add(map_received.__name__)
        while not context.stopping.is_set():
            wake.clear()
            if await settle_due(context, desk, seals) < BATCH:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), POLL_SECONDS)


async def settle_due(context: WorkerContext, desk: Desk, seals: Seals) -> int:
    """Settle the payloads that are due, at most a batch, in one transaction; returns how many."""
    async with context.sessions.begin() as session:
        due = await queries.due(session, now(), BATCH)
        for received in due:
            await settle(session, received, desk, seals)
    if due:
        context.notifier.notify_soon()
    return len(due)


@contextlib.asynccontextmanager
async def woken(database_url: str) -> AsyncIterator[asyncio.Event]:
    """Give the event that is set whenever something was stored; the poll covers a notice that is lost."""
    wake = asyncio.Event()
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        await connection.add_listener(CHANNEL, lambda *_: wake.set())
        yield wake
    finally:
        await connection.close(timeout=2)


async def delete_old_bodies(context: WorkerContext) -> None:
    """Delete the bytes of payloads that were mapped 30 days ago."""
    deleted = DELETED_AT_ONCE
    while deleted == DELETED_AT_ONCE:
        async with context.sessions.begin() as session:
            at = now()
            deleted = await queries.delete_raw_bodies(session, at - RAW_KEPT, at, DELETED_AT_ONCE)


TASKS: tuple[Task, ...] = (
    map_received,
    every(DELETE_SECONDS, "delete_old_bodies", delete_old_bodies),
)
