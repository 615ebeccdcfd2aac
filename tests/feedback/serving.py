"""A server for tests that run the command lines of a page."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from deploy.serving import server_of


@asynccontextmanager
async def served(app: Any, *, lifespan: bool = True) -> AsyncIterator[str]:
    """The address of a server of an app, as long as the block runs."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        # Whoever connects before the server has started waits for it.
        listening.listen()
        server = server_of(app)
        if not lifespan:
            server.config.lifespan = "off"
        task = asyncio.create_task(server.serve([listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await task
