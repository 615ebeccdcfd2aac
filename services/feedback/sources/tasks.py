"""What the worker does for sources: map payloads, and delete their bytes when nobody needs them any more."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import cast

import asyncpg

from services.feedback.items.intake import IntakeTools
from services.feedback.settings import Settings
from services.feedback.sources import queries
from services.feedback.sources.expiring import discard_overdue
from services.feedback.sources.forgetting import forget_message_ids, lock_payloads_with_id_left
from services.feedback.sources.health import look_for_silence
from services.feedback.sources.keeping import MappedRoom, find_payloads_beyond
from services.feedback.sources.models import RawBody, Source
from services.feedback.sources.payloads import settle_payload
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.turns import SourceTurns, lock_payloads_to_map
from shared.clock import now
from shared.db import Driver
from shared.outbox_notifier import CHANNEL
from shared.worker import Task, WorkerContext, every, until_done

BATCH = 20
# A batch ends after so long, within a payload of many answers too: what came meanwhile has its turn.
BATCH_SECONDS = 1.0
POLL_SECONDS = 1.0
RAW_KEPT = timedelta(days=30)
DELETE_SECONDS = 3600
SILENCE_SECONDS = 300
DELETED_TOGETHER = 500


async def map_received(context: WorkerContext) -> None:
    """Map payloads as they come in, until the worker stops; several workers share the work."""
    settings, turns = cast(Settings, context.settings), SourceTurns()
    room = MappedRoom(settings.source_mapped_bytes_max)
    async with (
        IntakeTools.open(settings) as tools,
        listen_for_events(settings.database_url) as (listener, wake),
    ):
        # A payload about a body that has not arrived yet is tried again later, so that others need not wait.
        tools, seals = tools.waiting(0), SourceSeals(settings.seal_key)
        context.started.add(map_received.__name__)
        while not context.stopping.is_set():
            wake.clear()
            # Most notices are about other things, and should not cost a transaction each.
            is_due = await queries.is_any_due(listener, now())
            has_more = is_due and await settle_due_payloads(context, tools, seals, turns, room)
            await delete_beyond_room(context, room)
            if not has_more:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(wake.wait(), POLL_SECONDS)


async def settle_due_payloads(
    context: WorkerContext, tools: IntakeTools, seals: SourceSeals, turns: SourceTurns, room: MappedRoom
) -> bool:
    """Settle the payloads that are due, at most a batch, in one transaction; True if more may be due."""
    ends = time.monotonic() + BATCH_SECONDS
    async with context.sessions.begin() as session:
        due = await lock_payloads_to_map(session, now(), BATCH, turns)
        settled = 0
        while settled < len(due) and (not settled or time.monotonic() < ends):
            source = await session.get_one(Source, due[settled].source_id)
            with turns.turn(source.organisation_id, source.id):
                await settle_payload(session, due[settled], tools, seals, ends)
            # What was mapped was read, so this asks the database nothing.
            body = await session.get(RawBody, due[settled].id)
            room.note(source.id, len(body.sealed) if body else 0)
            settled += 1
    if due:
        context.notifier.notify_soon()
    return len(due) == BATCH or time.monotonic() > ends


async def delete_beyond_room(context: WorkerContext, room: MappedRoom) -> None:
    """Delete the oldest bytes of mapped payloads of each source that keeps more than it may."""
    for source_id in room.take_due():
        async with context.sessions() as session:
            beyond = await find_payloads_beyond(session, source_id, room.bytes_max)
        for start in range(0, len(beyond), DELETED_TOGETHER):
            async with context.sessions.begin() as session:
                await queries.delete_bodies_of(session, beyond[start : start + DELETED_TOGETHER], now())


@contextlib.asynccontextmanager
async def listen_for_events(database_url: str) -> AsyncIterator[tuple[Driver, asyncio.Event]]:
    """Yield a connection, and an event that is set as something is stored; polling covers a lost notice."""
    wake = asyncio.Event()
    connection = await asyncpg.connect(database_url, timeout=10, command_timeout=30)
    try:
        await connection.add_listener(CHANNEL, lambda *_: wake.set())
        yield connection, wake
    finally:
        await connection.close(timeout=2)


async def delete_old_bodies(context: WorkerContext) -> None:
    """Delete the bytes of payloads that were mapped 30 days ago, and the ids that their senders gave them."""
    deleted, seals = DELETED_TOGETHER, SourceSeals(cast(Settings, context.settings).seal_key)
    while deleted == DELETED_TOGETHER:
        async with context.sessions.begin() as session:
            at = now()
            deleted = await queries.delete_raw_bodies(session, at - RAW_KEPT, at, DELETED_TOGETHER)
            nameless = await lock_payloads_with_id_left(session, DELETED_TOGETHER)
            await forget_message_ids(session, nameless, seals)
            deleted = max(deleted, len(nameless))


async def discard_what_waits_too_long(context: WorkerContext) -> None:
    """Discard what has waited for as long as its source keeps feedback, a little in each transaction."""
    seals = SourceSeals(cast(Settings, context.settings).seal_key)
    await until_done(partial(discard_overdue, seals=seals))(context)


TASKS: tuple[Task, ...] = (
    map_received,
    every(DELETE_SECONDS, "delete_old_bodies", delete_old_bodies),
    every(DELETE_SECONDS, "discard_what_waits_too_long", discard_what_waits_too_long),
    every(SILENCE_SECONDS, "look_for_silence", look_for_silence),
)
