"""Fixtures of the loop's tests."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.main import create_app
from services.loop.settings import Settings
from shared.clock import clock, system_time
from shared.events import Event
from tests.fixtures.clients import AppClient, ServiceClient
from tests.fixtures.databases import ServiceSettings, SessionFor
from tests.loop.examples import tell

Publish = Callable[..., Awaitable[None]]
SetTime = Callable[[datetime], None]


@pytest.fixture
async def session(session_for: SessionFor) -> AsyncSession:
    """A session whose work is undone after the test."""
    return await session_for("loop")


@pytest.fixture
async def service(app_client: AppClient, service_settings: ServiceSettings) -> ServiceClient:
    """The loop service as the gateway calls it for somebody without a key."""
    return await app_client(create_app, Settings(**service_settings("loop")))


@pytest.fixture
def publish(service: ServiceClient) -> Publish:
    """A function that tells the running service of events."""

    async def tell_service(*events: Event, sequence: int = 1) -> None:
        async with service.state.sessions.begin() as session:
            await tell(session, *events, sequence=sequence)

    return tell_service


@pytest.fixture
def set_time() -> Iterator[SetTime]:
    """A function that sets the clock that everything in this process asks; it runs again after the test."""

    def stop_at(moment: datetime) -> None:
        clock.source = lambda: moment

    yield stop_at
    clock.source = system_time
