"""Pulling the same signed events, from inside a closed network."""

import asyncio
from contextlib import AsyncExitStack
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook

from services.gateway.webhooks import domain
from services.gateway.webhooks import pull as pulling
from services.gateway.webhooks.models import Endpoint
from shared.clock import now
from shared.events import Envelope
from shared.ids import new_id
from tests.gateway.gateways import Gateways, serving
from tests.gateway.webhooks.hooks import Hooks, feedback_published
from tests.gateway.webhooks.managers import ENDPOINTS, Manager, code_of, managing


@pytest.fixture
async def manager(gateways: Gateways, hooks: Hooks) -> Manager:
    """A client that pulls the events of one organisation."""
    assert hooks
    return (await managing(gateways))[0]


async def pulled_from(manager: Manager, hooks: Hooks) -> tuple[Endpoint, str]:
    """Make an endpoint without an address and return it with its secret."""
    made = await manager.make(url=None)
    return await hooks.named(made["id"]), made["secret"]


async def pull(manager: Manager, path: str) -> dict[str, Any]:
    """What a pull gives."""
    answer = await manager.call("GET", path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_each_event_comes_once_and_verifies(manager: Manager, hooks: Hooks) -> None:
    endpoint, secret = await pulled_from(manager, hooks)
    await hooks.told(endpoint, 5)
    path, events = f"{ENDPOINTS}/{endpoint.id}/events?limit=2", []
    for count in (2, 2, 1, 0):
        found = await pull(manager, path)
        assert len(found["items"]) == count
        events += found["items"]
        path = found["next"]
    told = [Webhook(secret).verify(each["body"], each["headers"]) for each in events]
    assert [each["headers"]["webhook-id"] for each in events] == [
        str(delivery.id) for delivery in await hooks.deliveries(endpoint)
    ]
    assert len({each["id"] for each in told}) == 5
    assert [each["position"] for each in events] == [1, 2, 3, 4, 5]


async def test_what_the_reader_has_passed_has_arrived(manager: Manager, hooks: Hooks) -> None:
    endpoint, _ = await pulled_from(manager, hooks)
    await hooks.told(endpoint, 2)
    assert await hooks.states(endpoint) == ["for_pull", "for_pull"]
    first = await pull(manager, f"{ENDPOINTS}/{endpoint.id}/events?limit=1")
    assert await hooks.states(endpoint) == ["for_pull", "for_pull"]
    await pull(manager, first["next"])
    assert await hooks.states(endpoint) == ["delivered", "for_pull"]
    again = await pull(manager, f"{ENDPOINTS}/{endpoint.id}/events?after=0")
    assert len(again["items"]) == 2


async def test_an_endpoint_that_is_sent_to_can_be_pulled_from_as_well(manager: Manager, hooks: Hooks) -> None:
    made = await manager.make()
    endpoint = await hooks.named(made["id"])
    await hooks.told(endpoint)
    found = await pull(manager, f"{ENDPOINTS}/{endpoint.id}/events")
    assert len(found["items"]) == 1
    await pull(manager, found["next"])
    assert await hooks.states(endpoint) == ["pending"]


async def test_it_waits_for_the_first_event(manager: Manager, hooks: Hooks) -> None:
    endpoint, _ = await pulled_from(manager, hooks)
    began = now()
    waiting = asyncio.create_task(pull(manager, f"{ENDPOINTS}/{endpoint.id}/events?wait=30"))
    await asyncio.wait([waiting], timeout=0.3)
    assert not waiting.done()
    await hooks.told(endpoint)
    assert len((await waiting)["items"]) == 1
    assert (now() - began).total_seconds() < 10


async def test_it_does_not_wait_for_ever(manager: Manager, hooks: Hooks) -> None:
    endpoint, _ = await pulled_from(manager, hooks)
    found = await pull(manager, f"{ENDPOINTS}/{endpoint.id}/events?after=0&wait=1")
    assert found == {"items": [], "next": f"{ENDPOINTS}/{endpoint.id}/events?after=0&wait=1&limit=50"}


async def test_an_organisation_has_so_many_places_to_wait_and_leaves_the_others_theirs(
    gateways: Gateways, hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hooks
    monkeypatch.setattr(pulling, "WAITING_OF_ONE_MAX", 2, raising=False)
    one, other = await managing(gateways, 2)
    made = [(each, (await each.make(url=None))["id"]) for each in (one, one, one, other)]
    paths = [(each, f"{ENDPOINTS}/{endpoint_id}/events?wait=30") for each, endpoint_id in made]
    waiting = {asyncio.create_task(pull(*each)) for each in paths}
    done, waiting = await asyncio.wait(waiting, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    still = {task for task in waiting if not task.done()}
    for task in still:
        task.cancel()
    assert ([task.result()["items"] for task in done], len(still)) == ([[]], 3)


def test_places_to_wait_are_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulling, "WAITING_MAX", 1)
    places, one, other = pulling.WaitingPlaces(), new_id(), new_id()
    with places.place(one) as first, places.place(other) as second:
        assert (first, second) == (True, False)
    with places.place(other) as third:
        assert third
    assert not places.taken


async def test_one_that_commits_late_is_not_passed(manager: Manager, hooks: Hooks) -> None:
    endpoint, _ = await pulled_from(manager, hooks)
    async with hooks.sessions.begin() as late:
        await domain.notify_endpoints(late, [Envelope.wrap(feedback_published(endpoint.organisation_id), 1)])
        await hooks.told(endpoint)
        reading = asyncio.create_task(pull(manager, f"{ENDPOINTS}/{endpoint.id}/events"))
        await asyncio.wait([reading], timeout=0.3)
    first = await reading
    second = await pull(manager, first["next"])
    ids = [each["headers"]["webhook-id"] for found in (first, second) for each in found["items"]]
    assert sorted(ids) == [str(delivery.id) for delivery in await hooks.deliveries(endpoint)]


async def test_two_readers_number_each_once(manager: Manager, hooks: Hooks) -> None:
    endpoint, _ = await pulled_from(manager, hooks)
    await hooks.told(endpoint, 20)
    path = f"{ENDPOINTS}/{endpoint.id}/events?limit=100"
    found = await asyncio.gather(*[pull(manager, path) for _ in range(4)])
    for each in found:
        assert [item["position"] for item in each["items"]] == list(range(1, 21))
    assert (await hooks.again(endpoint)).numbered == 20


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("after=1", "/query/after"),
        ("after=-1", "/query/after"),
        ("after=x", "/query/after"),
        ("after=99999999999999999999", "/query/after"),
        ("wait=31", "/query/wait"),
        ("limit=0", "/query/limit"),
    ],
)
async def test_a_pull_that_makes_no_sense(manager: Manager, hooks: Hooks, query: str, pointer: str) -> None:
    endpoint, _ = await pulled_from(manager, hooks)
    answer = await manager.call("GET", f"{ENDPOINTS}/{endpoint.id}/events?{query}")
    assert code_of(answer, 422) == "invalid"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_while_a_secret_changes_both_sign(manager: Manager, hooks: Hooks) -> None:
    endpoint, old = await pulled_from(manager, hooks)
    await hooks.told(endpoint)
    new = await hooks.rotate(endpoint)
    [event] = (await pull(manager, f"{ENDPOINTS}/{endpoint.id}/events"))["items"]
    for secret in (old, new):
        Webhook(secret).verify(event["body"], event["headers"])


async def test_who_waits_is_answered_when_the_gateway_stops(gateways: Gateways, hooks: Hooks) -> None:
    assert hooks
    partner = await gateways.partner("webhooks:manage")
    async with httpx2.AsyncClient(timeout=20) as client, AsyncExitStack() as running:
        url = await running.enter_async_context(serving(gateways.settings()))
        manager = Manager(client, partner)
        endpoint = (await manager.call("POST", f"{url}{ENDPOINTS}", {"url": None})).json()
        path = f"{ENDPOINTS}/{endpoint['id']}/events"
        waiting = asyncio.create_task(manager.call("GET", f"{url}{path}?wait=30"))
        await asyncio.wait([waiting], timeout=0.3)
        assert not waiting.done()
        await running.aclose()
        answer = await waiting
    assert (answer.status_code, answer.json()["items"]) == (200, [])
    assert answer.json()["next"] == f"{path}?after=0&wait=30&limit=50"
