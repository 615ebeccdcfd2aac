"""The gateway's worker as a process of its own, which a test may kill."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.bus import broker_connection
from shared.events import Envelope, Event
from shared.ids import new_id


@dataclass
class Worker:
    """A running worker process."""

    process: asyncio.subprocess.Process

    async def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()

    async def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        return await self.process.wait()


@asynccontextmanager
async def working(folder: Path, fields: dict[str, Any]) -> AsyncIterator[Worker]:
    """Run a worker while the block runs; it is at work when the block begins."""
    ready = folder / f"ready-{new_id()}"
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
    settings = {f"GATEWAY_{name.upper()}": value for name, value in texts.items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.gateway.worker",
        env={**os.environ, **settings, "GATEWAY_READY_FILE": str(ready)},
        cwd=Path(__file__).parents[3],
    )
    worker = Worker(process)
    try:
        async with asyncio.timeout(30):
            while not ready.exists():
                assert process.returncode is None
                await asyncio.sleep(0.05)
        yield worker
    finally:
        await worker.stop()


async def publish(nats_url: str, *events: Event) -> list[Envelope]:
    """Put events on the bus, as the relay of their service does."""
    envelopes = [Envelope.wrap(event, number) for number, event in enumerate(events, 1)]
    async with broker_connection(nats_url, "test") as client:
        stream = client.jetstream()
        for envelope in envelopes:
            await stream.publish(envelope.nats_subject, envelope.model_dump_json(exclude_none=True).encode())
    return envelopes
