"""Dead letters are listed and published again, once, for the consumers to take."""

from datetime import UTC, datetime
from uuid import uuid4

import nats
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from deploy.dead_letters import read_dead_letters, republish_dead_letters
from shared.bus import ensure_streams
from shared.db import driver_url
from shared.events import Envelope
from shared.events.gateway import EndpointTested
from shared.inbox import DeadLetter
from tests.fixtures.servers import Servers


@pytest.fixture
async def settings(servers: Servers, loop_db: str) -> dict[str, str]:
    """The settings that the commands need."""
    return {"LOOP_DATABASE_URL": loop_db, "LOOP_NATS_URL": servers.nats_url}


@pytest.fixture
async def letter(loop_db: str) -> Envelope:
    """Keep an event that a consumer could not process, and one that nobody could read."""
    envelope = Envelope.wrap(EndpointTested(endpoint_id=uuid4()), 1, at=datetime.now(UTC))
    engine = create_async_engine(driver_url(loop_db))
    async with AsyncSession(engine) as session, session.begin():
        for id_, type_, body in ((envelope.id, envelope.type, envelope.body()), (uuid4(), "unreadable", "?")):
            session.add(DeadLetter(consumer="trial", event_id=id_, type=type_, body=body, error="ValueError"))
    await engine.dispose()
    return envelope


async def test_a_dead_letter_is_listed_and_published_again_once(
    settings: dict[str, str], letter: Envelope, servers: Servers
) -> None:
    listed = await read_dead_letters("loop", settings)
    assert letter.id in {each.event_id for each in listed}
    client = await nats.connect(servers.nats_url)
    await ensure_streams(client.jetstream(), 1)
    subscription = await client.subscribe(letter.nats_subject)
    assert await republish_dead_letters("loop", settings) == 1
    assert (await subscription.next_msg(timeout=5)).data.decode() == letter.body()
    assert await republish_dead_letters("loop", settings) == 0
    assert {each.type for each in await read_dead_letters("loop", settings)} == {"unreadable"}
    await client.close()
