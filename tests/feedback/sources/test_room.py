"""What waits of one source is bounded: nothing is lost, and others and mapped payloads have room."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.feedback.errors import SourceFull
from services.feedback.main import create_app
from services.feedback.settings import Settings
from services.feedback.sources import room
from services.feedback.sources.cache import SourceCache
from services.feedback.sources.models import Payload
from shared.ids import new_id
from tests.feedback.examples import a_trust, tell, with_actor
from tests.feedback.sources.conftest import MANAGE
from tests.feedback.sources.senders import PAYLOAD, Sender, a_source
from tests.fixtures.clients import AppClient, ServiceClient
from tests.fixtures.databases import ServiceSettings


@pytest.fixture(autouse=True)
def _counted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "FULL_SECONDS", 0.0)


@pytest.fixture
async def narrow(app_client: AppClient, service_settings: ServiceSettings) -> ServiceClient:
    """The service, where little more than two payloads of a source may wait."""
    settings = Settings(**service_settings("feedback", source_waiting_bytes_max=8_000))
    return await app_client(create_app, settings)


@pytest.fixture
async def pair(narrow: ServiceClient) -> list[Sender]:
    """Two sources of one trust, without a mapping."""
    trust = a_trust()
    await tell(narrow, trust)
    given = {"client_id": new_id(), "organisation_id": trust.organisation_id, "scopes": MANAGE}
    owner = with_actor(narrow.as_(**given))
    return [await a_source(narrow, owner) for _ in range(2)]


def large(number: int) -> dict[str, object]:
    return PAYLOAD | {"number": number, "more": "x" * 3_000}


async def test_a_full_source_is_refused_and_keeps_what_it_has(
    narrow: ServiceClient, pair: list[Sender]
) -> None:
    full, other = pair
    answers = [await full.send(large(number)) for number in range(3)]
    assert [each.status_code for each in answers] == [202, 202, 503]
    assert (answers[2].json()["code"], answers[2].headers["Retry-After"]) == ("source_full", "600")
    [attempt, *_] = (await full.read("attempts"))["items"]
    assert (attempt["code"], attempt["status"]) == ("source_full", 503)
    assert "replay" in attempt["detail"]
    assert (await other.send(large(0))).status_code == 202
    async with narrow.state.sessions() as session:
        kept = select(func.count()).where(Payload.source_id == full.source["id"])
        assert await session.scalar(kept) == 2


async def test_what_is_mapped_makes_room(narrow: ServiceClient, pair: list[Sender]) -> None:
    full, _ = pair
    for number in range(2):
        await full.send(large(number))
    assert (await full.send(large(2))).status_code == 503
    async with narrow.state.sessions.begin() as session:
        for payload in await session.scalars(
            select(Payload).where(Payload.source_id == full.source["id"]).limit(1)
        ):
            payload.state = "mapped"
    assert (await full.send(large(2))).status_code == 202
    assert (await full.send(large(3))).status_code == 503


async def test_a_process_that_starts_counts_what_waited_before(
    narrow: ServiceClient, pair: list[Sender]
) -> None:
    full, _ = pair
    for number in range(2):
        await full.send(large(number))
    anew = room.SourceRoom(narrow.part(SourceCache).pool, 8_000)
    with pytest.raises(SourceFull):
        await anew.take(UUID(full.source["id"]), 3_000)
    await anew.take(UUID(full.source["id"]), 100)
