"""A source's health: what came lately, and a silence that is told of once and does not flap."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from services.feedback.settings import Settings
from services.feedback.sources import health, silence
from services.feedback.sources.models import Payload, Source
from shared.clock import now
from shared.events.feedback import SourceFellSilent
from shared.ids import new_id
from shared.outbox import Outbox
from shared.worker import worker_context
from tests.feedback.sources.conftest import Settle
from tests.feedback.sources.senders import PAYLOAD, Sender
from tests.fixtures.clients import ServiceClient

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A Monday.
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def id_at(moment: datetime) -> UUID:
    """An id as it would have been made at an instant."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (new_id().int & ((1 << 80) - 1)))


async def came(service: ServiceClient, sender: Sender, *moments: datetime) -> None:
    """Let payloads have come from a source at these instants; it was live since the first."""
    source_id = UUID(sender.source["id"])
    async with service.state.sessions.begin() as session:
        for at in moments:
            row = Payload(id=id_at(at), version=0, source_id=source_id, message_ref=new_id().hex, revision=1)
            row.body_digest, row.is_form, row.state = b"", False, "mapped"
            row.received_at = row.next_try_at = row.mapped_at = row.raw_deleted_at = at
            session.add(row)
        first = {"live_since": min(moments)}
        await session.execute(update(Source).where(Source.id == source_id).values(first))


async def events_of(service: ServiceClient, sender: Sender) -> list[dict[str, Any]]:
    """The silences of a source that were told."""
    told = select(Outbox.body).where(Outbox.type == SourceFellSilent.type).order_by(Outbox.position)
    async with service.state.sessions() as session:
        found = [json.loads(body)["data"] for body in await session.scalars(told)]
    return [each for each in found if each["source_id"] == sender.source["id"]]


@pytest.fixture
def look(service: ServiceClient, sender: Sender, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that looks for silence at an instant, and returns how often the source was told of."""

    async def looked(at: datetime) -> int:
        monkeypatch.setattr(health, "now", lambda: at)
        async with service.state.sessions.begin() as session:
            await health.tell_of_silence(session)
        return len(await events_of(service, sender))

    return looked


async def test_a_source_that_pauses_each_weekend_is_not_silent_by_that(
    service: ServiceClient, sender: Sender, look: Any
) -> None:
    # Each working hour of three weeks; the last post is on a Friday at 17.
    hours = [START + DAY * day + HOUR * hour for day in range(19) if day % 7 < 5 for hour in range(9)]
    await came(service, sender, *hours)
    last = hours[-1]
    assert await look(last + 2 * DAY) == 0  # Sunday
    assert await look(last + 5 * DAY) == 0  # twice a weekend is more than five days
    assert await look(last + 6 * DAY) == 1
    assert await look(last + 7 * DAY) == 1
    [told] = await events_of(service, sender)
    assert told["silent_since"] == last.isoformat().replace("+00:00", "Z")
    assert told["organisations"] == [sender.source["organisation_id"]]
    assert told["silent_after_hours"] in (128, 129, 130)


async def test_one_failure_does_not_make_the_next_seem_usual_and_each_is_told_once(
    service: ServiceClient, sender: Sender, look: Any
) -> None:
    days = [START + DAY * day for day in range(8)]
    await came(service, sender, *days)
    assert await look(days[-1] + DAY) == 0
    assert await look(days[-1] + 3 * DAY) == 1
    again = days[-1] + 10 * DAY
    await came(service, sender, again)
    assert await look(again + HOUR) == 1
    assert await look(again + DAY) == 1
    assert await look(again + 2 * DAY + HOUR) == 2
    assert await look(again + 20 * DAY) == 2


async def test_a_source_says_itself_when_it_is_silent(
    service: ServiceClient, sender: Sender, look: Any
) -> None:
    answer = await sender.owner.patch(
        sender.path, json={"silent_after_hours": 3}, headers={"If-Match": '"1"'}
    )
    assert answer.json()["silent_after_hours"] == 3
    await came(service, sender, START)
    assert (await look(START + 2 * HOUR), await look(START + 3 * HOUR)) == (0, 1)
    by_rule = await sender.owner.patch(
        sender.path, json={"silent_after_hours": 0}, headers={"If-Match": '"2"'}
    )
    assert by_rule.json()["silent_after_hours"] is None


async def test_a_source_that_is_new_paused_or_made_live_again_is_not_silent(
    service: ServiceClient, sender: Sender, look: Any
) -> None:
    await came(service, sender, START)
    assert await look(START + 6 * DAY) == 0  # nothing is known of its pauses
    await sender.owner.patch(sender.path, json={"state": "paused"}, headers={"If-Match": '"1"'})
    assert await look(START + 90 * DAY) == 0
    await sender.owner.patch(sender.path, json={"state": "live"}, headers={"If-Match": '"2"'})
    assert await look(now() + DAY) == 0
    assert await look(now() + 8 * DAY) == 1


async def test_the_list_and_the_source_show_its_health(
    service: ServiceClient, sender: Sender, settle_all: Settle, settings: Settings
) -> None:
    assert sender.source["health"] == {
        "last_received_at": None,
        "last_mapped_at": None,
        "received_per_day": 0,
        "error_rate": None,
        "silent_since": None,
    }
    await sender.map_by()
    for each in (PAYLOAD, PAYLOAD, PAYLOAD | {"comment": None, "id": "x"}):
        await sender.send(each)
    await sender.send(**{"webhook-signature": "v1,c2VjcmV0"})
    await settle_all()
    [listed] = (await sender.owner.get("/v1/sources")).json()["items"]
    shown = listed["health"]
    assert listed == (await sender.owner.get(sender.path)).json()
    assert (shown["received_per_day"], shown["error_rate"], shown["silent_since"]) == (3, 0.5, None)
    assert shown["last_mapped_at"] >= shown["last_received_at"]
    source_id, long_ago = UUID(sender.source["id"]), now() - 40 * DAY
    async with service.state.sessions.begin() as session:
        await session.execute(update(Source).where(Source.id == source_id).values(live_since=long_ago))
        of_source = Payload.source_id == source_id
        await session.execute(update(Payload).where(of_source).values(received_at=long_ago))
    async with worker_context("feedback", settings) as context:
        await health.look_for_silence(context)
    assert next(iter(health.silent_sources.collect())).samples[0].value >= 1
    told = (await sender.owner.get(sender.path)).json()["health"]
    assert told["silent_since"] is not None
    # As soon as it posts, it is silent no more: nobody waits for the timer.
    await sender.send()
    assert (await sender.owner.get(sender.path)).json()["health"]["silent_since"] is None


async def test_a_busy_source_is_counted_over_the_time_of_what_is_looked_at(
    service: ServiceClient, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silence, "COUNTED_MAX", 3)
    await came(service, sender, *(now() - HOUR * each for each in (12, 4, 3, 2)))
    shown = (await sender.owner.get(sender.path)).json()["health"]
    assert 17 < shown["received_per_day"] < 19
    async with service.state.sessions.begin() as session:
        await session.execute(delete(Payload).where(Payload.source_id == UUID(sender.source["id"])))
