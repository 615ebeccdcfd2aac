"""A subscriber for tests: a real HTTP server that remembers what it was sent and answers as it is told."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook


@dataclass(frozen=True, slots=True)
class Received:
    """A webhook as it arrived."""

    peer: object
    headers: dict[str, str]
    body: str

    @property
    def id(self) -> str:
        """The webhook-id."""
        return self.headers["webhook-id"]

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent."""
        found: dict[str, Any] = json.loads(self.body)
        return found

    def verified(self, secret: str) -> dict[str, Any]:
        """The event after checking its signature; raises when it is not right."""
        found: dict[str, Any] = Webhook(secret).verify(self.body, self.headers)
        return found


@dataclass
class Subscriber:
    """The server; `answer` decides what the next webhook is told."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    status: int = 200
    text: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    release: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self.release.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Subscriber"]:
        """Serve on a free port while the block runs."""
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self.take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        try:
            yield self
        finally:
            self.release.set()
            await runner.cleanup()

    async def take(self, request: web.Request) -> web.Response:
        """Remember a webhook and answer when released."""
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        headers = {name.lower(): value for name, value in request.headers.items()}
        found = Received(peer, headers, await request.text())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        async with self.changed:
            self.received.append(found)
            self.changed.notify_all()
        await self.release.wait()
        self.at_once -= 1
        return web.Response(status=self.status, text=self.text, headers=self.headers)

    async def until(self, enough: Callable[[list[Received]], bool], seconds: float = 20) -> list[Received]:
        """Wait until what was received is enough."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: enough(self.received))
        return list(self.received)

    async def first(self, count: int) -> list[Received]:
        """Wait for so many webhooks."""
        return await self.until(lambda received: len(received) >= count)


def closed_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
    return port
