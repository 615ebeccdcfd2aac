"""The fixtures of the sources' tests."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID

import pytest

from services.feedback.items.counter import Counter
from services.feedback.sources import queries
from services.feedback.sources.payloads import settle
from services.feedback.sources.sealing import Seals
from shared.clock import now
from tests.feedback.examples import ClientOf
from tests.feedback.sources.senders import Sender, a_source
from tests.fixtures.clients import ServiceClient

MANAGE = ("sources:manage", "feedback:read", "feedback:write")
Settle = Callable[[], Awaitable[int]]


@pytest.fixture
def owner(client_of: ClientOf, trust_id: UUID) -> ServiceClient:
    """Return a client of a trust that may manage sources."""
    return client_of(trust_id, *MANAGE)


@pytest.fixture
async def sender(service: ServiceClient, owner: ServiceClient) -> Sender:
    """Return a survey system of the trust, whose payloads have no mapping yet."""
    return await a_source(service, owner)


@pytest.fixture
def settle_all(service: ServiceClient) -> Settle:
    """Return what settles the payloads that are due, as the worker does."""

    async def settled() -> int:
        state = service.state
        desk, seals = replace(service.part(Counter).desk, arrival_seconds=0.0), Seals(state.settings.seal_key)
        async with state.sessions.begin() as session:
            due = await queries.due(session, now(), 100)
            for received in due:
                await settle(session, received, desk, seals)
        return len(due)

    return settled
