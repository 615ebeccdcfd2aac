"""Fixtures of sending: a mail server, and a teller that writes to it."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from services.feedback.settings import Settings
from shared.db import make_engine, make_sessions
from tests.feedback.sending.sink import Sink, sink_running
from tests.feedback.sending.tellers import Told
from tests.fixtures.clients import ServiceClient


@pytest.fixture
async def sink() -> AsyncIterator[Sink]:
    """A running mail server."""
    async with sink_running() as running:
        yield running


@pytest.fixture
async def told(partner: ServiceClient, trust_id: UUID, settings: Settings, sink: Sink) -> AsyncIterator[Told]:
    """A teller that may write to everybody, at a mail server that runs."""
    own = {"smtp_port": sink.port, "sending": "live", "sending_batch_seconds": 0.0}
    live = settings.model_copy(update=own)
    engine = make_engine(live.model_copy(update={"database_url": live.teller_database_url}))
    yield Told(partner, trust_id, live, make_sessions(engine))
    await engine.dispose()
