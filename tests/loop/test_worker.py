"""The worker as its own process: it publishes what is saved and keeps the copies."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from sqlalchemy import delete

from services.loop.models import FeedbackCopy
from shared.bus import broker_connection
from shared.events import Envelope, Event
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import ServiceSettings
from tests.fixtures.servers import Servers
from tests.loop.conftest import Publish
from tests.loop.examples import feedback, footprint
from tests.loop.loops.test_routes import client, draft


@pytest.fixture
async def worker(service_settings: ServiceSettings, tmp_path: Path) -> AsyncIterator[Path]:
    """Run the worker and return the file by which it shows that it is at work."""
    ready = tmp_path / "ready"
    settings = service_settings("loop", ready_file=str(ready))
    environment = {f"LOOP_{name.upper()}": str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.loop.worker", env=os.environ | environment
    )
    yield ready
    process.terminate()
    assert await process.wait() == 0


async def say(broker: Client, event: Event) -> None:
    """Publish an event as the service does whose event it is."""
    envelope = Envelope.wrap(event, 1)
    await broker.jetstream().publish(
        envelope.nats_subject, envelope.model_dump_json(exclude_none=True).encode()
    )


async def draft_loop(body: ServiceClient, wanted: dict[str, Any]) -> Response:
    """Draft a loop, and try again as the answer says while something is not there yet."""
    async with asyncio.timeout(120):
        while (made := await body.post("/v1/loops", json=wanted)).status_code == 409:
            continue
    return made


async def test_events_go_out_and_copies_come_in(
    service: ServiceClient,
    publish: Publish,
    worker: Path,
    servers: Servers,
    until: Callable[..., Awaitable[None]],
) -> None:
    board = footprint()
    said = feedback(board.footprint_id)
    await publish(board)
    await until(lambda: asyncio.to_thread(worker.exists))
    body = client(service, board.footprint_id)
    wanted = draft(board.footprint_id, feedback_ids=[str(said.feedback_id)])
    async with broker_connection(servers.nats_url, "test") as broker:
        heard = await broker.subscribe("loop.drafted.v1.>")
        # The second time the copy has to be made again from an event that is sent again.
        for _ in range(2):
            await say(broker, said)
            made = await draft_loop(body, wanted)
            assert made.status_code == 201
            await until_heard(heard, made.json()["id"])
            async with service.state.sessions.begin() as session:
                await session.execute(delete(FeedbackCopy))


async def until_heard(heard: Subscription, loop_id: str) -> None:
    """Wait until this loop has been told of; what earlier tests saved is told of before it."""
    subject = ""
    while not subject.endswith(loop_id):
        subject = (await heard.next_msg(timeout=60)).subject
