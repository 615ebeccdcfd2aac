"""Fixtures of the registry's tests: an extract of the real data, imported once for each worker of the run."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from services.registry.imports.domain import load_folder
from services.registry.main import create_app
from services.registry.settings import Settings
from shared.db import make_engine, make_sessions
from tests.fixtures.clients import AppClient, ServiceClient
from tests.fixtures.databases import ServiceSettings, made_again
from tests.fixtures.servers import Servers
from tests.registry.extract import extract_of_run


@pytest.fixture(scope="session")
def extract() -> Path:
    """Return the folder of the extract."""
    return extract_of_run()


@pytest.fixture(scope="session")
async def shipped(service_settings: ServiceSettings, extract: Path) -> Settings:
    """Return the settings of a registry into which the extract was imported."""
    settings = Settings(**service_settings("registry", data_path=extract))
    engine = make_engine(settings)
    try:
        async with make_sessions(engine).begin() as session:
            await load_folder(session, extract, lambda *_: None)
    finally:
        await engine.dispose()
    return settings


@pytest.fixture(scope="module")
async def imported(shipped: Settings, servers: Servers, databases: dict[str, str]) -> Settings:
    """Return the settings of a registry that knows the extract, and nothing of what other modules wrote."""
    await made_again(servers, "registry", databases["registry"])
    return shipped


@pytest.fixture
async def registry(app_client: AppClient, imported: Settings) -> ServiceClient:
    """Give a client of the registry that has no key."""
    return await app_client(create_app, imported)


@contextmanager
def statements(service: ServiceClient) -> Iterator[list[str]]:
    """Collect the statements that a service sends to its database."""
    found: list[str] = []
    engine = service.state.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note := lambda *given: found.append(given[2]))
    yield found
    event.remove(engine, "before_cursor_execute", note)
