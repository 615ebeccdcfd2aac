"""The fixtures of the sources' tests."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from services.feedback.items.intake import IntakeTools
from services.feedback.sources.payloads import settle_payload
from services.feedback.sources.sealing import SourceSeals
from services.feedback.sources.turns import lock_payloads_to_map
from shared.clock import now
from tests.feedback.examples import ClientOf, with_actor
from tests.feedback.sources.senders import Sender, a_source
from tests.fixtures.clients import ServiceClient

MANAGE = ("sources:manage", "feedback:read", "feedback:write")
Settle = Callable[[], Awaitable[int]]


@pytest.fixture
def owner(client_of: ClientOf, trust_id: UUID) -> ServiceClient:
    """A client of a trust that may manage sources."""
    return with_actor(client_of(trust_id, *MANAGE))


@pytest.fixture
async def sender(service: ServiceClient, owner: ServiceClient) -> Sender:
    """A survey system of the trust, whose payloads have no mapping yet."""
    return await a_source(service, owner)


@pytest.fixture
def settle_all(service: ServiceClient) -> Settle:
    """A function that settles the payloads that are due, as the worker does."""

    async def settled() -> int:
        state = service.state
        tools = service.part(IntakeTools).waiting(0)
        seals = SourceSeals(state.settings.seal_key)
        async with state.sessions.begin() as session:
            due = await lock_payloads_to_map(session, now(), 100)
            for received in due:
                await settle_payload(session, received, tools, seals)
        return len(due)

    return settled
