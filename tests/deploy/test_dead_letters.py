"""Dead letters are listed and published again, once, for the consumers to take."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import nats
import pytest
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs
from typer.testing import CliRunner

from deploy.commands.documents import events
from deploy.dead_letters import (
    discard_dead_letter,
    read_dead_letters,
    republish_dead_letters,
    restore_dead_letter,
)
from deploy.keys import SERVICES
from shared.bus import ensure_streams
from shared.db import engine_to
from shared.events import Envelope
from shared.events.gateway import EndpointTested
from shared.inbox import DeadLetter
from tests.fixtures.databases import ServiceSettings
from tests.fixtures.servers import Servers


@pytest.fixture
async def settings(service_settings: ServiceSettings, loop_db: str) -> dict[str, str]:
    """The settings that the commands need."""
    urls = {f"{each.upper()}_NATS_URL": service_settings(each)["nats_url"] for each in SERVICES}
    return {"LOOP_DATABASE_URL": loop_db, **urls}


@pytest.fixture
async def letter(loop_db: str) -> Envelope:
    """Keep an event that a consumer could not process, and one that nobody could read."""
    envelope = Envelope.wrap(EndpointTested(endpoint_id=uuid4()), 1, at=datetime.now(UTC))
    engine = engine_to(loop_db)
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(delete(DeadLetter))
        sent = envelope.model_dump_json(exclude_none=True)
        for id_, type_, body in ((envelope.id, envelope.type, sent), (uuid4(), "unreadable", "?")):
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
    assert (await subscription.next_msg(timeout=5)).data.decode() == letter.model_dump_json(exclude_none=True)
    assert await republish_dead_letters("loop", settings) == 0
    assert {each.type for each in await read_dead_letters("loop", settings)} == {"unreadable"}
    await client.close()


async def test_a_letter_that_nobody_can_read_is_discarded_and_restored(
    settings: dict[str, str], letter: Envelope
) -> None:
    async def waiting() -> set[UUID]:
        return {each.event_id for each in await read_dead_letters("loop", settings)}

    [unreadable] = await waiting() - {letter.id}
    assert await discard_dead_letter("loop", settings, unreadable, "ops-7", "a test message") == 1
    assert await waiting() == {letter.id}
    with capture_logs() as logged:
        assert await restore_dead_letter("loop", settings, unreadable, "ops-8") == 1
        assert await restore_dead_letter("loop", settings, unreadable, "ops-8") == 0
    [line] = logged
    assert (line["event"], line["by"], line["event_id"]) == ("dead_letter_restored", "ops-8", str(unreadable))
    assert await waiting() == {letter.id, unreadable}
    assert await discard_dead_letter("loop", settings, uuid4(), "ops-7", "no such event") == 0


async def test_a_letter_that_was_discarded_is_not_replayed(
    settings: dict[str, str], letter: Envelope
) -> None:
    await discard_dead_letter("loop", settings, letter.id, "ops-7", "it was a mistake")
    assert await republish_dead_letters("loop", settings) == 0


def test_who_discards_or_restores_a_letter_is_asked_for() -> None:
    for command in (["discard", "--reason", "it was a mistake"], ["restore"]):
        answer = CliRunner().invoke(events, [*command, "loop", str(uuid4())])
        assert (answer.exit_code, "--by" in answer.stderr) == (2, True)
