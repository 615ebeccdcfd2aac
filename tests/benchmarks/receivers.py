"""Receivers of webhooks: one in a process of its own, and one here that notes when each event came."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.local.home import CHECKOUT
from tests.benchmarks.receiver import Receiver


@asynccontextmanager
async def receiver() -> AsyncIterator[str]:
    """The address of a receiver in a process of its own, while the block runs."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.benchmarks.receiver", cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    try:
        port = int(await process.stdout.readline())
        yield f"http://127.0.0.1:{port}/hook"
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def noting_receiver() -> AsyncIterator[tuple[str, dict[str, float]]]:
    """The address of a receiver in this process, and when it first received what concerns each subject."""
    came: dict[str, float] = {}

    class Noting(Receiver):
        """Notes the subject of each event."""

        def take(self, body: bytes) -> None:
            """Note when an event came."""
            came.setdefault(json.loads(body)["subject"], time.perf_counter())

    server = await asyncio.get_running_loop().create_server(Noting, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", came
    finally:
        server.close()
