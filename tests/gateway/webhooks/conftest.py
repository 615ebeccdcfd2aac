"""What the tests of webhooks share; how it works is in hooks.py and subscribers.py."""

from collections.abc import AsyncIterator

import pytest

from services.gateway.settings import Settings
from shared.db import make_engine
from tests.fixtures.databases import ServiceSettings
from tests.gateway.webhooks.hooks import Hooks
from tests.gateway.webhooks.subscribers import Subscriber


@pytest.fixture
async def subscriber() -> AsyncIterator[Subscriber]:
    """A running subscriber."""
    async with Subscriber().running() as found:
        yield found


@pytest.fixture
async def hooks(service_settings: ServiceSettings) -> AsyncIterator[Hooks]:
    """The tools for webhooks in the gateway's database; the webhooks are deleted after the test."""
    settings = Settings(**service_settings("gateway"))
    engine = make_engine(settings)
    found = Hooks(engine, settings)
    yield found
    await found.clear()
    await engine.dispose()
