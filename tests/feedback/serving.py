"""A server for tests that run the command lines of a page."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from deploy.serving import server_of
from tests.fixtures.clients import ServiceClient


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


@asynccontextmanager
async def served_as(client: ServiceClient) -> AsyncIterator[str]:
    """The address of a server that takes every request for one of this client's, whatever key it brings."""
    key = client.headers["authorization"].encode()

    async def gateway(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            others = [(name, value) for name, value in scope["headers"] if name != b"authorization"]
            scope = scope | {
                "headers": [*others, (b"authorization", key)],
                "state": dict(client.served.parts),
            }
            await client.app(scope, receive, send)

    async with served(gateway, lifespan=False) as address:
        yield address
