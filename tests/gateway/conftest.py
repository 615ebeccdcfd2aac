"""What the gateway's tests share; how it is made is in gateways.py and upstreams.py."""

from collections.abc import AsyncIterator

import pytest

from tests.fixtures.clients import AppClient
from tests.fixtures.databases import ServiceSettings
from tests.gateway.gateways import Gateways
from tests.gateway.upstreams import Upstream


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A running HTTP server that stands where the services stand, and remembers what reached it."""
    async with Upstream().running() as found:
        yield found


@pytest.fixture
async def gateways(
    app_client: AppClient, service_settings: ServiceSettings, upstream: Upstream
) -> AsyncIterator[Gateways]:
    """A function that starts gateways: in this process, or as a server on a port."""
    made = Gateways(app_client, service_settings, upstream)
    yield made
    await made.stop()
