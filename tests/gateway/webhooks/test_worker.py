"""The gateway's worker as a real process, with the real broker."""

from pathlib import Path
from typing import Any

import pytest

from shared.ids import new_id
from tests.fixtures.databases import ServiceSettings
from tests.fixtures.servers import Servers
from tests.gateway.webhooks.hooks import Hooks, feedback_published
from tests.gateway.webhooks.subscribers import Subscriber
from tests.gateway.webhooks.workers import publish, working


@pytest.fixture
def fields(service_settings: ServiceSettings) -> dict[str, Any]:
    """The settings of a worker whose leases are short."""
    return service_settings("gateway", webhook_lease_seconds=2)


async def test_a_worker_that_is_killed_loses_no_webhook(
    hooks: Hooks, subscriber: Subscriber, servers: Servers, fields: dict[str, Any], tmp_path: Path
) -> None:
    organisation = new_id()
    endpoints = [(await hooks.endpoint(subscriber.url, organisation))[0] for _ in range(2)]
    events = [feedback_published(organisation) for _ in range(20)]
    subscriber.release.clear()
    async with working(tmp_path, fields) as worker:
        envelopes = await publish(servers.nats_url, *events)
        cut_off = await subscriber.first(10)
        await worker.kill()
    subscriber.release.set()
    async with working(tmp_path, fields):
        # What the killed worker had not acknowledged comes again after half a minute.
        for endpoint in endpoints:
            await hooks.until_states(endpoint, *["delivered"] * len(events), seconds=60)
    rows = [delivery for endpoint in endpoints for delivery in await hooks.deliveries(endpoint)]
    pairs = {(delivery.event_id, delivery.endpoint_id) for delivery in rows}
    assert len(rows) == len(pairs) == len(events) * len(endpoints)
    assert {delivery.event_id for delivery in rows} == {envelope.id for envelope in envelopes}
    ids = [received.id for received in subscriber.received]
    assert set(ids) == {str(delivery.id) for delivery in rows}
    assert all(ids.count(received.id) >= 2 for received in cut_off)


async def test_a_worker_that_is_told_to_stop_records_what_is_under_way(
    hooks: Hooks, subscriber: Subscriber, servers: Servers, fields: dict[str, Any], tmp_path: Path
) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    subscriber.release.clear()
    async with working(tmp_path, fields) as worker:
        await publish(servers.nats_url, feedback_published(endpoint.organisation_id))
        await subscriber.first(1)
        worker.process.terminate()
        subscriber.release.set()
        assert await worker.stop() == 0
    assert await hooks.states(endpoint) == ["delivered"]
    assert len(subscriber.received) == 1


async def test_two_workers_send_each_webhook_once(
    hooks: Hooks, subscriber: Subscriber, servers: Servers, fields: dict[str, Any], tmp_path: Path
) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    async with working(tmp_path, fields), working(tmp_path, fields):
        await publish(servers.nats_url, *[feedback_published(endpoint.organisation_id) for _ in range(60)])
        await hooks.until_states(endpoint, *["delivered"] * 60)
    ids = [received.id for received in subscriber.received]
    assert len(ids) == len(set(ids)) == 60
