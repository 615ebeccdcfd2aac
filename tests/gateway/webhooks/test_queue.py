"""Claiming and recording, on the real database."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import pytest

from services.gateway.webhooks import queries, queue
from services.gateway.webhooks.queue import PLACES_WHEN_FAILING, ClaimedDelivery, DeliveredAttempt, Places
from services.gateway.webhooks.sending import AttemptOutcome
from shared.clock import now
from tests.gateway.webhooks.hooks import Hooks, feedback_published

URL = "http://127.0.0.1:9/"
LEASE = timedelta(seconds=60)


async def claim(
    hooks: Hooks, count: int, flying: Sequence[UUID] = (), lease: timedelta = LEASE
) -> list[ClaimedDelivery]:
    """Claim what is due, as a worker does that has four places for each that is asked for."""
    async with hooks.committing.connect() as connection:
        return list(await queue.claim_due(connection, Places(4 * count), flying, lease))


async def claim_one(hooks: Hooks, lease: timedelta = LEASE) -> ClaimedDelivery:
    """Claim the only delivery that is due."""
    [claimed] = await claim(hooks, 10, lease=lease)
    return claimed


async def succeed(hooks: Hooks, *claims: ClaimedDelivery) -> None:
    """Record attempts that got through, as a worker does."""
    async with hooks.committing.connect() as connection:
        through = [DeliveredAttempt(each, AttemptOutcome(took_ms=7, status=204), now()) for each in claims]
        await queue.record_delivered(connection, through)


async def fail(hooks: Hooks, claimed: ClaimedDelivery, outcome: AttemptOutcome) -> None:
    """Record a failed try."""
    async with hooks.sessions.begin() as session:
        await queue.record_failed(session, claimed, outcome, now())


async def test_two_who_claim_at_once_never_get_the_same(hooks: Hooks) -> None:
    for _ in range(4):
        endpoint, _ = await hooks.endpoint(URL)
        await hooks.told(endpoint, 10)
    claims = await asyncio.gather(*[claim(hooks, 20) for _ in range(4)])
    ids = [claimed.delivery_id for batch in claims for claimed in batch]
    assert len(ids) == len(set(ids)) == 40
    assert not await claim(hooks, 20)


async def test_what_was_never_recorded_is_claimed_again(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    await hooks.told(endpoint)
    first = await claim_one(hooks, timedelta())
    again = await claim_one(hooks)
    assert first.delivery_id == again.delivery_id
    assert first.leased_until < again.leased_until


async def test_busy_endpoints_and_what_is_not_due_are_left(hooks: Hooks) -> None:
    busy, _ = await hooks.endpoint(URL)
    await hooks.told(busy)
    assert not await claim(hooks, 10, [busy.id] * 10)
    await hooks.execute("UPDATE webhook_delivery SET next_attempt_at = now() + interval '1 hour'")
    assert not await claim(hooks, 10)


async def test_a_late_success_counts(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    await hooks.told(endpoint)
    late = await claim_one(hooks, timedelta())
    await claim_one(hooks)
    await succeed(hooks, late)
    assert await hooks.states(endpoint) == ["delivered"]


async def test_a_late_failure_changes_nothing_but_is_shown(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    [delivery] = await hooks.told(endpoint)
    late = await claim_one(hooks, timedelta())
    current = await claim_one(hooks)
    await fail(hooks, late, AttemptOutcome(error="timeout"))
    [delivery] = await hooks.deliveries(endpoint)
    assert (delivery.attempts, delivery.next_attempt_at) == (0, current.leased_until)
    assert [attempt.error for attempt in await hooks.attempts(delivery)] == ["timeout"]


async def test_a_failure_sets_the_next_try(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    await hooks.told(endpoint)
    await fail(
        hooks,
        await claim_one(hooks),
        AttemptOutcome(status=503, error="status", retry_after=timedelta(hours=2)),
    )
    [delivery] = await hooks.deliveries(endpoint)
    assert (delivery.state, delivery.attempts) == ("pending", 1)
    assert delivery.next_attempt_at is not None
    assert timedelta(hours=1.9) < delivery.next_attempt_at - now() < timedelta(hours=2.1)


async def test_a_failure_of_what_was_held_meanwhile_leaves_it_held(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    await hooks.told(endpoint)
    claimed = await claim_one(hooks)
    await hooks.change(endpoint, enabled=False)
    await fail(hooks, claimed, AttemptOutcome(error="timeout"))
    assert await hooks.states(endpoint) == ["held"]


@pytest.mark.parametrize(
    ("change", "then"), [({"enabled": False}, "held"), ({"url": None}, "for_pull"), ({}, "dropped")]
)
async def test_what_waits_is_moved_in_pieces_and_nothing_of_it_is_sent_meanwhile(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch, change: dict[str, bool | None], then: str
) -> None:
    monkeypatch.setattr(queries, "MOVED_TOGETHER", 2)
    endpoint, _ = await hooks.endpoint(URL)
    await hooks.told(endpoint, 5)
    await (hooks.change(endpoint, **change) if change else hooks.delete(endpoint))
    assert await hooks.states(endpoint) == [then] * 2 + ["pending"] * 3
    assert not await claim(hooks, 10)
    assert await move_left(hooks) >= 2
    assert await hooks.states(endpoint) == [then] * 5
    assert await move_left(hooks) == 0


async def test_what_is_changed_back_before_all_is_moved_ends_as_it_was(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "MOVED_TOGETHER", 2)
    endpoint, _ = await hooks.endpoint(URL)
    await hooks.told(endpoint, 5)
    await hooks.change(endpoint, enabled=False)
    await hooks.change(endpoint, enabled=True)
    await move_left(hooks)
    assert await hooks.states(endpoint) == ["pending"] * 5
    assert len(await claim(hooks, 5)) == 5


async def move_left(hooks: Hooks) -> int:
    """Move all that is left, as the worker does; return in how many pieces."""
    pieces = 0
    while True:
        async with hooks.sessions.begin() as session:
            if not await queries.move_next_unsent(session):
                return pieces
        pieces += 1


async def test_what_came_to_its_end_long_ago_is_forgotten_and_nothing_else(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    old, waiting, _ = await hooks.told(endpoint, 3)
    claims = {each.delivery_id: each for each in await claim(hooks, 10)}
    await succeed(hooks, claims[old.id])
    await hooks.execute(
        "UPDATE webhook_delivery SET created_at = :at WHERE id IN (:old, :waiting)",
        at=now() - timedelta(days=91),
        old=old.id,
        waiting=waiting.id,
    )
    async with hooks.sessions.begin() as session:
        await queue.delete_deliveries_before(session, now() - timedelta(days=90))
    assert await hooks.states(endpoint) == ["pending", "pending"]
    assert not await hooks.attempts(old)


async def test_what_is_held_or_not_pulled_is_not_kept_for_ever(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, _ = await hooks.endpoint(URL)
    pulled, _ = await hooks.endpoint(None)
    for endpoint in (held, pulled):
        old, _ = await hooks.told(endpoint, 2)
        long_ago = now() - timedelta(days=91)
        await hooks.execute(
            "UPDATE webhook_delivery SET created_at = :at WHERE id = :old", at=long_ago, old=old.id
        )
    await hooks.change(held, enabled=False)
    monkeypatch.setattr(queue, "DELETED_TOGETHER", 1)
    gone: list[int] = []
    while not gone or gone[-1]:
        async with hooks.sessions.begin() as session:
            gone.append(await queue.delete_deliveries_before(session, now() - timedelta(days=90)))
    assert gone == [1, 1, 0]
    assert (await hooks.states(held), await hooks.states(pulled)) == (["held"], ["for_pull"])


async def test_many_are_recorded_together(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    deliveries = await hooks.told(endpoint, 3)
    claims = await claim(hooks, 10)
    await succeed(hooks, *claims, claims[0])
    assert await hooks.states(endpoint) == ["delivered"] * 3
    twice = claims[0].delivery_id
    for each in deliveries:
        attempts = [(attempt.status, attempt.took_ms) for attempt in await hooks.attempts(each)]
        assert attempts == [(204, 7)] * (2 if each.id == twice else 1)


async def test_recording_and_disabling_at_once_do_not_deadlock(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    for turn in range(5):
        await hooks.told(endpoint, 16)
        claims = await claim(hooks, 16)
        await asyncio.gather(succeed(hooks, *reversed(claims)), hooks.change(endpoint, enabled=False))
        await hooks.change(endpoint, enabled=True)
        assert await hooks.states(endpoint) == ["delivered"] * 16 * (turn + 1)


async def test_an_attempt_that_is_recorded_twice_counts_once(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    [delivery] = await hooks.told(endpoint)
    attempt = DeliveredAttempt(await claim_one(hooks), AttemptOutcome(took_ms=7, status=204), now())
    async with hooks.committing.connect() as connection:
        for _ in range(2):
            await queue.record_delivered(connection, [attempt])
    assert len(await hooks.attempts(delivery)) == 1
    [recorded] = await hooks.deliveries(endpoint)
    assert (recorded.state, recorded.attempts) == ("delivered", 1)


async def test_an_endpoint_keeps_to_its_places_however_many_are_in_flight(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    await hooks.told(endpoint, 40)
    for flying in (0, 1, 7, 8, 9):
        assert len(await claim(hooks, 8, [endpoint.id] * flying)) == max(0, 8 - flying)
    assert Places(32).of_endpoint == 8


async def test_an_organisation_keeps_to_its_places_whichever_endpoints_it_has(hooks: Hooks) -> None:
    first, _ = await hooks.endpoint(URL)
    owner = first.organisation_id
    endpoints = [first, *[(await hooks.endpoint(URL, owner))[0] for _ in range(3)]]
    for _ in range(10):
        await hooks.tell(feedback_published(owner))
    other, _ = await hooks.endpoint(URL)
    await hooks.told(other)
    flying = [endpoints[0].id] * 5
    claimed = [each.endpoint_id for each in await claim(hooks, 8, flying)]
    assert claimed.count(other.id) == 1
    assert len(claimed) - 1 + len(flying) == Places(32).of_organisation
    assert max(claimed.count(each.id) for each in endpoints[1:]) <= 8
    assert claimed.count(endpoints[0].id) <= 3


async def test_places_are_kept_for_endpoints_that_do_not_fail(hooks: Hooks) -> None:
    failing = [(await hooks.endpoint(URL))[0] for _ in range(10)]
    for each in failing:
        await hooks.told(each, 5)
    await hooks.execute("UPDATE webhook_endpoint SET failing_since = now()")
    well, _ = await hooks.endpoint(URL)
    await hooks.told(well, 5)
    claimed = [each.endpoint_id for each in await claim(hooks, 8)]
    assert claimed.count(well.id) == 5
    assert len(claimed) - 5 == Places(32).of_failing
    assert max(claimed.count(each.id) for each in failing) == PLACES_WHEN_FAILING
    assert not await claim(hooks, 8, [each.id for each in failing[:8]])


async def test_with_few_places_everybody_still_has_one(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    await hooks.told(endpoint, 2)
    async with hooks.committing.connect() as connection:
        assert len(await queue.claim_due(connection, Places(1), (), LEASE)) == 1


async def test_a_backlog_of_an_endpoint_that_fails_hides_nothing(hooks: Hooks) -> None:
    failing, well = [(await hooks.endpoint(URL))[0] for _ in range(2)]
    await hooks.told(failing)
    await hooks.execute(
        "INSERT INTO webhook_delivery (id, event_id, endpoint_id, organisation_id, event_type, body, state,"
        " attempts, created_at, next_attempt_at) SELECT uuidv7(), uuidv7(), endpoint_id, organisation_id,"
        " event_type, body, state, 0, created_at, next_attempt_at - interval '1 hour'"
        " FROM webhook_delivery, generate_series(1, 600)"
    )
    await hooks.execute("UPDATE webhook_endpoint SET failing_since = now() WHERE id = :id", id=failing.id)
    await hooks.told(well, 3)
    claimed = [each.endpoint_id for each in await claim(hooks, 8)]
    assert (claimed.count(failing.id), claimed.count(well.id)) == (PLACES_WHEN_FAILING, 3)
