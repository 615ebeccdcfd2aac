"""What the benchmarks work on: a running stack, databases beside its own, and services that serve them."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx2

from deploy.databases import grant_rights, make_database, superuser_url_within
from deploy.environment import settings_of_api
from deploy.local.home import CHECKOUT
from deploy.local.logs import open_log
from deploy.local.ports import choose_free_port, read_ports
from deploy.local.postgres import postgres_of
from deploy.local.programs import base_environment
from shared.migrations import migrate
from tests.fixtures.stack import UNLIMITED, Stack, analysed

READY_SECONDS, SETTLED_SECONDS = 60, 240
MANY = str(1_000_000_000)
SETTINGS = dict.fromkeys(UNLIMITED, MANY)


@dataclass(frozen=True, slots=True)
class Served:
    """A service that is served for a benchmark alone."""

    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Bench:
    """The stack that is measured, and a way to say how far the run is."""

    stack: Stack
    say: Callable[[str], None]

    @property
    def superuser_url(self) -> str:
        """The address of the stack's PostgreSQL for its superuser."""
        return postgres_of(self.stack.home, read_ports(self.stack.home)["postgres"]).url

    async def know_england(self) -> None:
        """Let the registry know all that is shipped, unless it does."""
        async with connected(self.stack.settings["REGISTRY_DATABASE_URL"]) as connection:
            if await connection.fetchval("SELECT EXISTS (SELECT FROM postcode)"):
                return
        self.say("loading the registry …")
        await asyncio.to_thread(self.stack.doorway, "registry", "import")
        await analysed(self.stack)
        await self.stack.settled(SETTLED_SECONDS)

    @asynccontextmanager
    async def database(
        self, service: str, prefix: str = "bench", template: str = "template0"
    ) -> AsyncIterator[dict[str, str]]:
        """Make a database of a service beside the stack's, or copy one; gives the settings that name it."""
        name = f"{prefix}_{service}"
        settings = {
            key: urlunsplit(urlsplit(value)._replace(path=f"/{name}"))
            if key.endswith(("_DATABASE_URL", "_MIGRATION_URL"))
            else value
            for key, value in self.stack.settings.items()
            if key.startswith(f"{service.upper()}_")
        }
        await make_database(self.superuser_url, service, name, template)
        try:
            await grant_rights(superuser_url_within(self.superuser_url, name), service)
            await asyncio.to_thread(migrate, service, settings[f"{service.upper()}_MIGRATION_URL"])
            yield settings
        finally:
            async with connected(self.superuser_url) as connection:
                await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')

    @asynccontextmanager
    async def served(self, service: str, settings: Mapping[str, str]) -> AsyncIterator[Served]:
        """Serve a service with these settings, in a process of its own."""
        port = choose_free_port(())
        own = settings_of_api(service, settings)
        async with self.running("deploy.serving", service, "--port", str(port), **own) as pid:
            url = f"http://127.0.0.1:{port}"
            await asyncio.to_thread(wait_until_ready, url)
            yield Served(url, pid)

    @asynccontextmanager
    async def running(self, module: str, *arguments: str, **settings: str) -> AsyncIterator[int]:
        """Run a module as a process of its own while the block runs; gives its number."""
        command = [sys.executable, "-m", module, *arguments]
        with open_log(self.stack.home, "benchmarks") as log:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=CHECKOUT, env={**base_environment(), **settings}, stdout=log, stderr=log
            )
        try:
            yield process.pid
        finally:
            process.terminate()
            await process.wait()


def wait_until_ready(url: str) -> None:
    """Wait until a service answers that it is ready; TimeoutError when that takes too long."""
    ends = time.monotonic() + READY_SECONDS
    while time.monotonic() < ends:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"{url}/readyz").is_success:
                return
        time.sleep(0.1)
    raise TimeoutError(f"{url} is not ready")


@asynccontextmanager
async def connected(url: str, **server_settings: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A connection to a database while the block runs."""
    connection = await asyncpg.connect(url, server_settings=server_settings)
    try:
        yield connection
    finally:
        await connection.close()
