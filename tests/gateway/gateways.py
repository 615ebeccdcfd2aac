"""Gateways for tests: in this process or as a server on a port, with clients to call them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple
from uuid import UUID

import httpx2

from deploy.serving import server_of
from services.gateway.audit.domain import Doer
from services.gateway.clients import domain
from services.gateway.main import create_app
from services.gateway.settings import LIMITS, GatewaySettings, Settings
from services.gateway.table import OWN
from shared.auth import Actor, Caller
from shared.db import make_engine, make_sessions
from shared.ids import new_id
from shared.manifest import services_called_by
from tests.fixtures.clients import AppClient
from tests.fixtures.databases import ServiceSettings
from tests.gateway.upstreams import Upstream

OPERATOR = Doer(Caller(), Actor("operator-1", "operator"))


class Partner(NamedTuple):
    """A client of the gateway with one key."""

    id: UUID
    organisation_id: UUID
    key_id: UUID
    key: str

    @property
    def headers(self) -> dict[str, str]:
        """What it authenticates with, and who acts."""
        return {"Authorization": f"Bearer {self.key}", "Doorway-Actor": "jd-17; role=administrator"}


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so; it has to be within seconds."""
    async with asyncio.timeout(5):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.02)


class Raw(NamedTuple):
    """An answer as it came over the wire."""

    status: int
    head: str
    body: bytes

    def json(self) -> Any:
        """What the body says."""
        return json.loads(self.body)


async def exchange(gateway: httpx2.AsyncClient, request: str | bytes) -> Raw:
    """Send a request as it is written, without what a client would tidy up, and return the answer.

    Text is a head: the headers that have to be there and the empty line are added.
    """
    if isinstance(request, str):
        request = f"{request}Host: gateway\r\nConnection: close\r\n\r\n".encode("latin-1")
    reader, writer = await asyncio.open_connection(gateway.base_url.host, gateway.base_url.port)
    writer.write(request)
    await writer.drain()
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return Raw(int(head.split()[1]), head.decode("latin-1").lower(), body)


class Gateways:
    """Starts gateways and makes clients for them."""

    def __init__(self, app_client: AppClient, fields: ServiceSettings, upstream: Upstream) -> None:
        self.app_client, self.fields, self.upstream = app_client, fields, upstream
        self.opened = AsyncExitStack()

    def settings(self, **overrides: Any) -> GatewaySettings:
        """Settings under which all services are the upstream."""
        urls = {f"{service}_url": self.upstream.url for service in services_called_by(OWN)}
        limits = {f"{name}_limit": 10_000 for name in ("client", "address", *LIMITS)}
        return Settings(**self.fields("gateway", **urls | limits | overrides))

    async def start(self, **overrides: Any) -> httpx2.AsyncClient:
        """Start a gateway in this process and return a client without a key."""
        client = await self.app_client(create_app, self.settings(**overrides))
        client.headers.pop("authorization")
        return client

    async def serve(self, **overrides: Any) -> httpx2.AsyncClient:
        """Start a gateway as a server on a port and return a client without a key."""
        url = await self.opened.enter_async_context(serving(self.settings(**overrides)))
        return await self.opened.enter_async_context(httpx2.AsyncClient(base_url=url))

    async def partner(self, *scopes: str, organisation_id: UUID | None = None) -> Partner:
        """Make a client, of an organisation of its own unless one is given."""
        engine = make_engine(self.settings())
        async with make_sessions(engine).begin() as session:
            issued = await domain.make_client(
                session,
                OPERATOR,
                organisation_id=organisation_id or new_id(),
                team="digital",
                name="an app",
                scopes=list(scopes) or ["registry:read"],
            )
        await engine.dispose()
        return Partner(issued.client.id, issued.client.organisation_id, issued.key.id, issued.text)

    async def stop(self) -> None:
        """Stop the servers."""
        await self.opened.aclose()


@asynccontextmanager
async def serving(settings: GatewaySettings) -> AsyncIterator[str]:
    """Serve a gateway on a free port while the block runs."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = server_of(create_app(settings))
    task = asyncio.create_task(server.serve([listening]))
    while not server.started:
        assert not task.done(), task.exception()
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    await task
