"""A real server of a small app on a port, and what speaks to it as no client library would."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from deploy.serving import server_of


class Answer(NamedTuple):
    """An answer as it came over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        """The problem document."""
        assert self.headers["content-type"] == "application/problem+json"
        found: dict[str, Any] = json.loads(self.body)
        assert found["request_id"] == self.headers["x-request-id"]
        assert found["status"] == self.status
        return found


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the request's headers and body."""
    if scope["type"] == "lifespan":
        await live(receive, send)
        return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    said = json.dumps({"method": scope["method"], "headers": headers, "body": body.decode()}).encode()
    start = {"type": "http.response.start", "status": 200}
    await send(start | {"headers": [(b"content-length", str(len(said)).encode())]})
    await send({"type": "http.response.body", "body": said})


async def live(receive: Receive, send: Send) -> None:
    """Start and stop as the server says."""
    for done in ("lifespan.startup.complete", "lifespan.shutdown.complete"):
        await receive()
        await send({"type": done})


@asynccontextmanager
async def serving(app: ASGIApp = echo) -> AsyncIterator[int]:
    """Serve an app as every service is served; yields the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = server_of(app)
    task = asyncio.create_task(server.serve([listening]))
    while not server.started:
        assert not task.done(), task.exception()
        await asyncio.sleep(0.01)
    yield listening.getsockname()[1]
    server.should_exit = True
    await task


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """The next answer on a connection."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *lines = head.rstrip("\r\n").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers["content-length"]))
    return Answer(int(first.split()[1]), headers, body)


async def exchange(port: int, *pieces: bytes, answers: int = 1) -> list[Answer]:
    """Send pieces of bytes, each on its own, and return so many answers."""
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)  # a packet of its own
        found = [await read_answer(reader) for _ in range(answers)]
        writer.close()
        return found


async def until_closed(port: int, *pieces: bytes) -> bytes:
    """Send pieces of bytes and return all that comes until the server closes the connection."""
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for piece in pieces:
            writer.write(piece)
        await writer.drain()
        found = await reader.read()
        writer.close()
        return found
