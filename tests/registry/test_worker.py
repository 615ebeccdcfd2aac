"""The registry's worker publishes what an import has to tell."""

import asyncio
import os
import signal
import sys
from typing import Any

import nats
from sqlalchemy import func, select

from services.registry.cli import republish_all
from services.registry.settings import Settings
from shared.events.base import Envelope
from shared.outbox import Outbox
from tests.fixtures.databases import SessionFor
from tests.fixtures.servers import Servers


async def test_what_the_registry_tells_is_published_in_order(
    imported: Settings, session_for: SessionFor, servers: Servers
) -> None:
    client = await nats.connect(servers.nats_url)
    heard = await client.subscribe("registry.>")
    await republish_all(imported)
    session = await session_for("registry")
    waiting = select(func.count()).where(Outbox.published_at.is_(None))
    count = await session.scalar(waiting) or 0
    worker = await start_worker(imported)
    try:
        async with asyncio.timeout(60):
            messages = [await heard.next_msg(timeout=60) for _ in range(count)]
    finally:
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 20) == 0
        stream = await client.jetstream().stream_info("REGISTRY")
        await client.close()
    assert stream.state.messages >= count
    assert_in_order([Envelope.model_validate_json(message.data) for message in messages])


async def start_worker(settings: Settings) -> asyncio.subprocess.Process:
    """Start the registry's worker as it is started everywhere."""
    given = {f"REGISTRY_{name.upper()}": str(value) for name, value in settings.model_dump().items()}
    command: Any = (sys.executable, "-m", "services.registry.worker")
    return await asyncio.create_subprocess_exec(*command, env=os.environ | given)


def assert_in_order(told: list[Envelope]) -> None:
    """Check that the events of each body came in the order of their sequence."""
    last: dict[Any, int] = {}
    for each in told:
        assert each.number >= last.get(each.subject, 0)
        last[each.subject] = each.number
