"""Fixtures of the loop's tests."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.main import create_app
from services.loop.settings import Settings
from shared.events import Event
from tests.fixtures.clients import AppClient, ServiceClient
from tests.fixtures.databases import ServiceSettings, SessionFor
from tests.loop.examples import tell

Told = Callable[..., Awaitable[None]]


@pytest.fixture
async def session(session_for: SessionFor) -> AsyncSession:
    """Return a session whose work is undone after the test."""
    return await session_for("loop")


@pytest.fixture
async def service(app_client: AppClient, service_settings: ServiceSettings) -> ServiceClient:
    """Return the loop service as the gateway calls it for somebody without a key."""
    return await app_client(create_app, Settings(**service_settings("loop")))


@pytest.fixture
def told(service: ServiceClient) -> Told:
    """Return what tells the running service of events."""

    async def tell_service(*events: Event, sequence: int = 1) -> None:
        async with service.app.state.sessions.begin() as session:
            await tell(session, *events, sequence=sequence)

    return tell_service
