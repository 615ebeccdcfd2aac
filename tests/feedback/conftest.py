"""The fixtures of the feedback service's tests."""

from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.main import create_app
from services.feedback.settings import Settings
from shared.ids import new_id
from tests.feedback.examples import SCOPES, ClientOf, a_trust, tell
from tests.fixtures.clients import AppClient, ServiceClient
from tests.fixtures.databases import ServiceSettings, SessionFor


@pytest.fixture
async def session(session_for: SessionFor) -> AsyncSession:
    """A session whose work is undone after the test."""
    return await session_for("feedback")


@pytest.fixture
def settings(service_settings: ServiceSettings) -> Settings:
    """The service's settings, with little patience for what is not here yet."""
    return Settings(**service_settings("feedback", arrival_seconds=0.15))


@pytest.fixture
async def service(app_client: AppClient, settings: Settings) -> ServiceClient:
    """The feedback service as the gateway calls it for somebody without a key."""
    return await app_client(create_app, settings)


@pytest.fixture
def client_of(service: ServiceClient) -> ClientOf:
    """A function that makes a client of an organisation: `client_of(organisation_id, "feedback:read")`."""

    return lambda body, *scopes: service.as_(
        client_id=new_id(), organisation_id=body, scopes=scopes or SCOPES
    )


@pytest.fixture
async def trust_id(service: ServiceClient) -> UUID:
    """A trust that the service knows."""
    trust = a_trust()
    await tell(service, trust)
    return trust.organisation_id


@pytest.fixture
def trust(client_of: ClientOf, trust_id: UUID) -> ServiceClient:
    """A client of that trust."""
    return client_of(trust_id)


@pytest.fixture
def partner(client_of: ClientOf) -> ServiceClient:
    """A client of a partner's own organisation."""
    return client_of(new_id())
