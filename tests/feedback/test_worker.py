"""The worker as its own process: it publishes what is given and keeps the copies."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from uuid import UUID

import pytest

from shared.bus import broker_connection
from shared.events.base import Envelope
from tests.feedback.examples import a_trust, something_said
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import ServiceSettings
from tests.fixtures.servers import Servers


@pytest.fixture
async def worker(service_settings: ServiceSettings, tmp_path: Path) -> AsyncIterator[Path]:
    """Run the worker and return the file by which it shows that it is at work."""
    ready = tmp_path / "ready"
    settings = service_settings("feedback", ready_file=str(ready))
    environment = {f"FEEDBACK_{name.upper()}": str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "services.feedback.worker", env=os.environ | environment
    )
    yield ready
    process.terminate()
    assert await process.wait() == 0


async def test_a_body_that_the_registry_tells_of_can_be_given_feedback(
    partner: ServiceClient, worker: Path, servers: Servers, until: Callable[..., Awaitable[None]]
) -> None:
    await until(lambda: asyncio.to_thread(worker.exists))
    trust = a_trust()
    envelope = Envelope.wrap(trust, 1)
    async with broker_connection(servers.nats_url, "test") as broker:
        heard = await broker.subscribe("feedback.received.v1.>")
        await broker.jetstream().publish(
            envelope.nats_subject, envelope.model_dump_json(exclude_none=True).encode()
        )
        body = something_said(f"ods:{trust.ods}")
        given: list[UUID] = []

        async def is_taken() -> bool:
            # A code is unknown, and not on its way, until the worker has heard of its body.
            answer = await partner.post("/v1/feedback", json=body)
            given.extend([UUID(answer.json()["id"])] if answer.status_code == 201 else [])
            return bool(given)

        await until(is_taken)
        while Envelope.model_validate_json((await heard.next_msg(timeout=10)).data).subject != given[0]:
            pass
