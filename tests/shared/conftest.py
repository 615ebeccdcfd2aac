"""A small service that only the tests of the plumbing have: one table, one event."""

import asyncio

import asyncpg
import pytest
from pydantic_settings import SettingsConfigDict
from sqlalchemy import MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped

from deploy.databases import make_database
from shared.db import COLUMN_TYPES, NAMING, Versioned, make_engine, make_sessions
from shared.events.loop import LoopDrafted
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """Settings of the small service."""

    model_config = SettingsConfigDict(env_prefix="PROBE_", frozen=True)


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = COLUMN_TYPES


class Thing(Versioned, Base):
    """The aggregate of the small service."""

    __tablename__ = "thing"

    name: Mapped[str]


def drafted(thing):
    """Return an event of the thing."""
    return LoopDrafted(
        loop_id=thing.id, state="draft", organisation_id=None, footprint_id=None, feedback_ids=()
    )


@pytest.fixture
async def probe(templates, worker_id, service_settings):
    """Settings of the small service, with a database of its own that is empty in every test."""
    name = f"probe_{worker_id}"
    await make_database(templates.superuser_url, "loop", name, template="template_loop")
    url = templates.postgres_url(name, "loop_owner")
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE TABLE IF NOT EXISTS thing (id uuid PRIMARY KEY, version int, name text)")
    await connection.execute("TRUNCATE outbox, inbox, dead_letter, idempotency, thing")
    await connection.close()
    fields = service_settings("loop") | {"database_url": templates.postgres_url(name, "loop")}
    return Settings(**fields)


@pytest.fixture
async def sessions(probe):
    """Sessions of the small service."""
    engine = make_engine(probe)
    yield make_sessions(engine)
    await engine.dispose()


@pytest.fixture
def until():
    """Wait until a condition holds; the test's own time limit is the limit."""

    async def wait(condition, seconds=20):
        async with asyncio.timeout(seconds):
            while not await condition():  # noqa: ASYNC110 -- the condition is in another process
                await asyncio.sleep(0.01)

    return wait
