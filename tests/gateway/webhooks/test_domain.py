"""The rules of outbound webhooks: what follows a failure, and what is done with what was held."""

import asyncio
from datetime import timedelta

import pytest

from services.gateway.errors import TooManyEndpoints
from services.gateway.webhooks import domain
from services.gateway.webhooks.schedule import ATTEMPTS_MAX
from shared.auth import Caller
from shared.clock import now
from shared.errors import Forbidden
from shared.ids import new_id
from tests.gateway.webhooks.hooks import Hooks, feedback_published
from tests.gateway.webhooks.subscribers import Subscriber

URL = "http://127.0.0.1:9/"


async def test_after_the_last_try_the_endpoint_is_disabled_and_the_rest_held(
    hooks: Hooks, subscriber: Subscriber
) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    await hooks.told(endpoint)
    await hooks.make_due(endpoint, attempts=ATTEMPTS_MAX - 1)
    subscriber.status = 500
    async with hooks.worker():
        await hooks.until_states(endpoint, "failed")
    disabled = await hooks.again(endpoint)
    assert (disabled.disabled_reason, disabled.enabled, disabled.version) == ("failing", False, 2)
    await hooks.told(endpoint, 2)
    assert await hooks.states(endpoint) == ["failed", "held", "held"]


async def test_one_that_never_gets_through_does_not_end_an_endpoint_that_works(
    hooks: Hooks, subscriber: Subscriber
) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    await hooks.told(endpoint)
    async with hooks.worker():
        await hooks.until_states(endpoint, "delivered")
        subscriber.status = 500
        await hooks.tell(feedback_published(endpoint.organisation_id))
        await subscriber.first(2)
    await hooks.execute(
        "UPDATE webhook_delivery SET attempts = 9, next_attempt_at = now(), first_attempt_at = :began"
        " WHERE state = 'pending'",
        began=now() - timedelta(hours=70),
    )
    async with hooks.worker():
        await hooks.until_states(endpoint, "delivered", "failed")
    assert (await hooks.again(endpoint)).enabled


async def test_gone_disables_at_once_and_loses_nothing(hooks: Hooks, subscriber: Subscriber) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    await hooks.told(endpoint)
    subscriber.status = 410
    async with hooks.worker():
        await hooks.until_states(endpoint, "held")
        assert (await hooks.again(endpoint)).disabled_reason == "gone"
        subscriber.status = 200
        await hooks.change(endpoint, enabled=True)
        await hooks.until_states(endpoint, "delivered")
    first, second = subscriber.received
    assert first.id == second.id


async def test_what_was_held_is_sent_when_the_endpoint_is_enabled(
    hooks: Hooks, subscriber: Subscriber
) -> None:
    endpoint, secret = await hooks.endpoint(subscriber.url)
    await hooks.change(endpoint, enabled=False)
    await hooks.told(endpoint, 3)
    async with hooks.worker():
        assert await hooks.states(endpoint) == ["held"] * 3
        enabled = await hooks.change(endpoint, enabled=True)
        await hooks.until_states(endpoint, *["delivered"] * 3)
    assert (enabled.enabled, enabled.disabled_reason, enabled.version) == (True, None, 3)
    assert len({received.verified(secret)["id"] for received in subscriber.received}) == 3


async def test_what_is_told_while_it_is_enabled_is_not_left_held(
    hooks: Hooks, subscriber: Subscriber
) -> None:
    endpoint, _ = await hooks.endpoint(subscriber.url)
    await hooks.change(endpoint, enabled=False)
    events = [hooks.tell(feedback_published(endpoint.organisation_id)) for _ in range(20)]
    await asyncio.gather(*events, hooks.change(endpoint, enabled=True))
    assert await hooks.states(endpoint) == ["pending"] * 20


async def test_an_endpoint_that_loses_its_address_is_pulled_from_and_back(hooks: Hooks) -> None:
    endpoint, _ = await hooks.endpoint(URL)
    await hooks.told(endpoint)
    await hooks.change(endpoint, url=None)
    assert await hooks.states(endpoint) == ["for_pull"]
    await hooks.change(endpoint, url=URL)
    assert await hooks.states(endpoint) == ["pending"]


async def test_an_organisation_has_so_many_endpoints_and_no_more(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "ENDPOINTS_MAX", 2)
    organisation = new_id()
    for _ in range(2):
        await hooks.endpoint(URL, organisation)
    with pytest.raises(TooManyEndpoints):
        await hooks.endpoint(URL, organisation)
    await hooks.endpoint(URL)


async def test_so_many_endpoints_and_no_more_when_all_are_made_at_once(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "ENDPOINTS_MAX", 1)
    organisation = new_id()
    tried = [hooks.endpoint(URL, organisation) for _ in range(4)]
    made = await asyncio.gather(*tried, return_exceptions=True)
    assert sum(isinstance(each, TooManyEndpoints) for each in made) == 3


def test_endpoints_belong_to_organisations() -> None:
    with pytest.raises(Forbidden):
        domain.organisation_of_caller(Caller())
    with pytest.raises(Forbidden):
        domain.organisation_of_caller(Caller(client_id=new_id()))


def test_events_that_nobody_outside_may_see_are_not_offered() -> None:
    assert "loop.drafted.v1" not in domain.subscribable_events()
    assert "feedback.received.v1" in domain.subscribable_events()
