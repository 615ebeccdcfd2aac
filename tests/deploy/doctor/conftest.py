"""A deployment of its own for the doctor's tests, sound but for its processes, to be broken."""

import asyncio
import socket
from collections.abc import Iterator
from uuid import uuid4

import asyncpg
import pytest

from deploy.databases import make_database
from deploy.doctor.deployment import OTHER, Deployment
from deploy.environment import Addresses, environment
from deploy.keys import SERVICES
from deploy.local.home import Home
from tests.fixtures.databases import TEMPLATE
from tests.fixtures.servers import Servers


@pytest.fixture(scope="module")
def own_databases(templates: Servers, postgres_home: Home) -> Iterator[dict[str, str]]:
    """Give a migrated database for each service, which these tests alone use: service → its name."""
    names = {service: f"doctor_{uuid4().hex[:8]}_{service}" for service in SERVICES}

    async def each(drop: bool) -> None:
        connection = await asyncpg.connect(templates.superuser_url)
        for service, name in names.items():
            if drop:
                await connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
            else:
                await make_database(templates.superuser_url, service, name, f"{TEMPLATE}{service}")
        await connection.close()

    with postgres_home.locked("templates", wait=True):
        asyncio.run(each(drop=False))
    yield names
    asyncio.run(each(drop=True))


@pytest.fixture
def closed_port() -> int:
    """A port of this machine at which nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.fixture
def deployment(own_databases: dict[str, str], servers: Servers) -> Deployment:
    """The deployment."""
    ports = dict.fromkeys(SERVICES, 1)
    made = environment(servers.secrets, Addresses(servers.superuser_url, servers.nats_url, ports))
    databases = own_databases.items()
    own = {f"{each.upper()}_DATABASE_URL": servers.postgres_url(name, each) for each, name in databases}
    return Deployment(made | own, OTHER)
