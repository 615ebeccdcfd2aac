"""The database of the small service that only the tests of the plumbing have."""

import asyncpg
import pytest

from deploy.databases import make_database
from shared.db import make_engine, make_sessions
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient, lifespan
from tests.shared.small_service import create_app
from tests.shared.thing import Settings


@pytest.fixture
async def probe(templates, worker_id, service_settings, servers):
    """Settings of the small service, with a database of its own that is empty in every test.

    It uses the broker as the operator: its tests say what other services do as well.
    """
    name = f"probe_{worker_id}"
    await make_database(templates.superuser_url, "loop", name, template="template_loop")
    url = templates.postgres_url(name, "loop_owner")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS thing (id uuid PRIMARY KEY, version int, name text)")
    await connection.execute(
        "CREATE TABLE IF NOT EXISTS thing_copy (id uuid PRIMARY KEY, sequence int, name text)"
    )
    await connection.execute(
        "TRUNCATE outbox, inbox, dead_letter, idempotency, stream_position, event_try, thing, thing_copy"
    )
    await connection.close()
    own = {"database_url": templates.postgres_url(name, "loop"), "nats_url": servers.nats_url}
    return Settings(**service_settings("loop") | own)


@pytest.fixture
async def sessions(probe):
    """Sessions of the small service."""
    engine = make_engine(probe)
    yield make_sessions(engine)
    await engine.dispose()


@pytest.fixture
async def anybody(probe, servers):
    """The small service, asked by somebody without a key."""
    app = create_app(probe)
    async with lifespan(app), ServiceClient(app, "loop", servers.secrets) as client:
        yield client


@pytest.fixture
async def client(anybody):
    """The small service, asked by a client that may write."""
    async with anybody.as_(client_id=new_id(), organisation_id=new_id(), scopes=["loop:write"]) as found:
        yield found
