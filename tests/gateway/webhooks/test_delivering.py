"""The delivery worker, against real subscribers."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from standardwebhooks import WebhookVerificationError

from services.gateway.notices import listening
from services.gateway.webhooks import delivering, queue
from services.gateway.webhooks.queue import PLACES_WHEN_FAILING, ClaimedDelivery
from services.gateway.webhooks.sending import AttemptOutcome
from shared.clock import now
from shared.outbox_notifier import CHANNEL, OutboxNotifier
from tests.gateway.webhooks.hooks import Hooks, feedback_published
from tests.gateway.webhooks.subscribers import Subscriber, closed_port


async def test_a_webhook_is_signed_and_recorded(hooks: Hooks, subscriber: Subscriber) -> None:
    endpoint, secret = await hooks.endpoint(subscriber.url)
    envelope = await hooks.tell(feedback_published(endpoint.organisation_id))
    async with hooks.worker():
        [received] = await subscriber.first(1)
        await hooks.until_states(endpoint, "delivered")
    told = received.verified(secret)
    assert told["id"] == str(envelope.id)
    assert told["data"]["state"] == "published"
    [delivery] = await hooks.deliveries(endpoint)
    assert received.id == str(delivery.id)
    assert received.headers["content-type"] == "application/cloudevents+json"
    [attempt] = await hooks.attempts(delivery)
    assert (attempt.status, attempt.error, attempt.excerpt) == (200, None, None)
    assert (delivery.attempts, delivery.next_attempt_at) == (1, None)


async def test_a_failed_one_is_tried_again_with_the_same_id_and_body(
    hooks: Hooks, subscriber: Subscriber
) -> None:
    endpoint, secret = await hooks.endpoint(subscriber.url)
    await hooks.told(endpoint)
    subscriber.status, subscriber.text = 500, "out of order"
    async with hooks.worker():
        await subscriber.first(1)
        await hooks.until_states(endpoint, "pending")
        subscriber.status = 200
        first, second = await subscriber.first(2)
        await hooks.until_states(endpoint, "delivered")
    assert (first.id, first.body) == (second.id, second.body)
    for received in (first, second):
        received.verified(secret)
    [delivery] = await hooks.deliveries(endpoint)
    failed, through = await hooks.attempts(delivery)
    assert (failed.status, failed.error, failed.excerpt) == (500, "status", "out of order")
    assert (through.status, through.error) == (200, None)
    assert 4 < (through.attempted_at - failed.attempted_at).total_seconds() < 8
    assert (await hooks.again(endpoint)).failing_since is None


async def test_a_subscriber_who_is_away_is_recorded_as_such(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(f"http://127.0.0.1:{closed_port()}/")
    [delivery] = await hooks.told(endpoint)
    async with hooks.worker():
        await hooks.until_attempts(delivery, 1)
    [attempt] = await hooks.attempts(delivery)
    assert (attempt.status, attempt.error) == (None, "connection")
    assert (await hooks.again(endpoint)).failing_since is not None


async def test_while_a_secret_changes_both_sign(hooks: Hooks, subscriber: Subscriber) -> None:
    endpoint, old = await hooks.endpoint(subscriber.url)
    new = await hooks.rotate(endpoint)
    await hooks.told(endpoint)
    async with hooks.worker():
        [received] = await subscriber.first(1)
        await hooks.until_states(endpoint, "delivered")
        received.verified(old)
        received.verified(new)
        await hooks.execute("UPDATE webhook_endpoint SET previous_secret_until = :at", at=now())
        await hooks.told(endpoint)
        _, later = await subscriber.first(2)
    later.verified(new)
    with pytest.raises(WebhookVerificationError):
        later.verified(old)


async def test_a_secret_that_cannot_be_opened_is_tried_again_later(
    hooks: Hooks, subscriber: Subscriber
) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    await hooks.execute("UPDATE webhook_endpoint SET secret_sealed = :sealed", sealed=b"x" * 60)
    [delivery] = await hooks.told(endpoint)
    async with hooks.worker():
        await hooks.until_attempts(delivery, 1)
    assert [attempt.error for attempt in await hooks.attempts(delivery)] == ["secret_unreadable"]
    assert not subscriber.received


async def test_one_endpoint_never_takes_all_places(hooks: Hooks, subscriber: Subscriber) -> None:
    busy, _ = await hooks.endpoint(subscriber.url)
    other, _ = await hooks.endpoint(subscriber.url)
    await hooks.told(busy, 40)
    await hooks.told(other)
    subscriber.release.clear()
    async with hooks.worker() as worker:
        share = worker.places.of_endpoint
        await subscriber.first(share + 1)
        # What comes while it is busy finds no further place either.
        await hooks.told(busy, 3)
        async with hooks.committing.connect() as connection:
            assert not await worker.start_due(connection)
        claimed = [each.endpoint_id for each in worker.in_flight.values()]
        assert (claimed.count(busy.id), claimed.count(other.id)) == (share, 1)
        subscriber.release.set()
        await hooks.until_states(busy, *["delivered"] * 43)
    assert subscriber.most_at_once == share + 1


async def test_a_fault_of_ours_is_an_outcome(
    hooks: Hooks, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)

    async def broken(*_: object) -> AttemptOutcome:
        raise RecursionError

    async with hooks.worker() as worker:
        monkeypatch.setattr(worker.to, "post", broken)
        [delivery] = await hooks.told(endpoint)
        worker.woken.set()
        await hooks.until_attempts(delivery, 1)
    [attempt] = await hooks.attempts(delivery)
    assert (attempt.status, attempt.error) == (None, "internal")
    [delivery] = await hooks.deliveries(endpoint)
    assert (delivery.state, delivery.attempts) == ("pending", 1)


async def test_an_answer_that_cannot_be_stored_counts_as_an_attempt(
    hooks: Hooks, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)

    async def unstorable(*_: object) -> AttemptOutcome:
        return AttemptOutcome(status=500, error="status", excerpt="\0")

    async with hooks.worker() as worker:
        monkeypatch.setattr(worker.to, "post", unstorable)
        [delivery] = await hooks.told(endpoint)
        worker.woken.set()
        await hooks.until_attempts(delivery, 1)
    assert [(each.error, each.excerpt) for each in await hooks.attempts(delivery)] == [("internal", None)]


async def test_one_that_fails_takes_few_places(hooks: Hooks, subscriber: Subscriber) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    await hooks.told(endpoint, 10)
    await hooks.execute("UPDATE webhook_endpoint SET failing_since = now()")
    subscriber.release.clear()
    async with hooks.worker() as worker:
        await subscriber.first(PLACES_WHEN_FAILING)
        async with hooks.committing.connect() as connection:
            assert not await worker.start_due(connection)
        subscriber.release.set()
        await hooks.until_states(endpoint, *["delivered"] * 10)
    assert (await hooks.again(endpoint)).failing_since is None


async def test_no_more_are_under_way_than_there_are_places(hooks: Hooks, subscriber: Subscriber) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    await hooks.told(endpoint, 12)
    async with hooks.worker(webhook_in_flight=3):
        await hooks.until_states(endpoint, *["delivered"] * 12)
    assert subscriber.most_at_once <= 3


async def test_what_is_saved_elsewhere_wakes_the_worker(hooks: Hooks, subscriber: Subscriber) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    url = hooks.settings.database_url
    async with (
        OutboxNotifier(url).running() as notifier,
        hooks.worker() as worker,
        listening(url, CHANNEL, worker.woken.set) as listener,
    ):
        assert not listener.is_closed()
        began = now()
        for count in range(1, 11):
            await hooks.told(endpoint)
            notifier.notify_soon()
            await subscriber.first(count)
        # Polling alone would have taken ten seconds.
        assert (now() - began).total_seconds() < 5
    assert listener.is_closed()


async def test_a_connection_that_breaks_ends_the_worker_and_what_got_through_is_recorded(
    hooks: Hooks, subscriber: Subscriber
) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    await hooks.told(endpoint)
    subscriber.release.clear()
    async with AsyncExitStack() as running:
        worker = await running.enter_async_context(hooks.worker(webhook_lease_seconds=1))
        await subscriber.first(1)
        await hooks.cut_connections()
        subscriber.release.set()
        await hooks.until_ended(worker)
        with pytest.raises(DBAPIError):
            await running.aclose()
    assert await hooks.states(endpoint) == ["delivered"]
    assert len(subscriber.received) == 1


@pytest.mark.parametrize("turns", range(5))
async def test_a_worker_that_is_told_to_end_as_it_is_woken_ends(hooks: Hooks, turns: int) -> None:
    async with hooks.worker() as worker:
        await hooks.until_resting(worker)
        worker.woken.set()
        for _ in range(turns):
            await asyncio.sleep(0)
    assert hooks.running[worker].cancelled()


async def test_what_got_through_is_recorded_whenever_the_worker_is_told_to_end(
    hooks: Hooks, subscriber: Subscriber
) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    for count in range(1, 11):
        async with hooks.worker() as worker:
            await hooks.told(endpoint)
            worker.woken.set()
            await subscriber.first(count)
            # It is at another point of its work each time.
            await asyncio.sleep(0.001 * count)
        assert await hooks.states(endpoint) == ["delivered"] * count
    assert len(subscriber.received) == 10


async def test_it_claims_once_what_leaves_places_free(
    hooks: Hooks, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []

    async def claim_due(*arguments: Any) -> Sequence[ClaimedDelivery]:
        claims = await queue.claim_due(*arguments)
        found.append(len(claims))
        return claims

    endpoint, _ = await hooks.endpoint(subscriber.url)
    subscriber.release.clear()
    async with hooks.worker() as worker:
        await hooks.until_resting(worker)
        monkeypatch.setattr(delivering, "queue", SimpleNamespace(**vars(queue) | {"claim_due": claim_due}))
        await hooks.told(endpoint)
        worker.woken.set()
        await subscriber.first(1)
        await asyncio.sleep(0.1)
        assert found == [1]
        subscriber.release.set()
        await hooks.until_states(endpoint, "delivered")
