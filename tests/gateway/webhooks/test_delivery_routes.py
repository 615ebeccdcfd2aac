"""Deliveries over HTTP, through the gateway with real keys."""

from typing import Any
from uuid import uuid4

import pytest

from tests.gateway.gateways import Gateways
from tests.gateway.webhooks.hooks import Hooks
from tests.gateway.webhooks.managers import DELIVERIES, ENDPOINTS, Manager, code_of, managing
from tests.gateway.webhooks.subscribers import Subscriber

OF_ONE = [("GET", f"{DELIVERIES}/{{id}}/attempts"), ("POST", f"{DELIVERIES}/{{id}}/redeliver")]


@pytest.fixture
async def manager(gateways: Gateways, hooks: Hooks) -> Manager:
    """A client that manages the webhooks of one organisation."""
    assert hooks
    return (await managing(gateways))[0]


async def list_deliveries(manager: Manager, query: str = "") -> list[dict[str, Any]]:
    """The first page of deliveries."""
    answer = await manager.call("GET", f"{DELIVERIES}{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_deliveries_are_listed_by_endpoint_and_state(
    manager: Manager, hooks: Hooks, subscriber: Subscriber
) -> None:
    first, second = [await hooks.named((await manager.make(url=subscriber.url))["id"]) for _ in "12"]
    await hooks.told(first, 2)
    async with hooks.worker():
        await hooks.until_states(first, "delivered", "delivered")
        await hooks.until_states(second, "delivered", "delivered")
    await hooks.told(first)
    assert len(await list_deliveries(manager)) == 6
    assert len(await list_deliveries(manager, f"?endpoint={first.id}")) == 3
    [pending, _] = await list_deliveries(manager, "?state=pending")
    assert pending["state"] == "pending"
    assert pending["attempts"] == 0
    assert len(await list_deliveries(manager, f"?endpoint={second.id}&state=delivered")) == 2
    assert await list_deliveries(manager, f"?endpoint={uuid4()}") == []
    ids = [each["id"] for each in await list_deliveries(manager)]
    assert ids == sorted(ids, reverse=True)


async def test_pages_lead_on(manager: Manager, hooks: Hooks) -> None:
    endpoint = await hooks.named((await manager.make())["id"])
    await hooks.told(endpoint, 3)
    first = (await manager.call("GET", f"{DELIVERIES}?limit=2&state=pending")).json()
    rest = (await manager.call("GET", first["next"])).json()
    assert len(first["items"]) + len(rest["items"]) == 3
    assert rest["next"] is None


@pytest.mark.parametrize("query", ["?state=lost", "?endpoint=x", "?cursor=x", "?limit=0"])
async def test_a_query_that_makes_no_sense(manager: Manager, query: str) -> None:
    code = "bad_cursor" if "cursor" in query else "invalid"
    assert code_of(await manager.call("GET", f"{DELIVERIES}{query}"), 422) == code


async def test_attempts_tell_what_came_of_each_try(
    manager: Manager, hooks: Hooks, subscriber: Subscriber
) -> None:
    endpoint = await hooks.named((await manager.make(url=subscriber.url))["id"])
    [delivery] = await hooks.told(endpoint)
    subscriber.status, subscriber.text = 401, "signature?"
    async with hooks.worker():
        await subscriber.first(1)
        await hooks.until_attempts(delivery, 1)
        subscriber.status = 200
        await manager.call("POST", f"{DELIVERIES}/{delivery.id}/redeliver")
        await hooks.until_states(endpoint, "delivered")
    attempts = (await manager.call("GET", f"{DELIVERIES}/{delivery.id}/attempts")).json()["items"]
    assert [(each["status"], each["error"], each["excerpt"]) for each in attempts] == [
        (200, None, None),
        (401, "status", "signature?"),
    ]
    assert all(each["took_ms"] >= 0 and each["attempted_at"].endswith("Z") for each in attempts)


async def test_one_delivery_is_sent_again_with_its_old_id(
    manager: Manager, hooks: Hooks, subscriber: Subscriber
) -> None:
    made = await manager.make(url=subscriber.url)
    endpoint = await hooks.named(made["id"])
    [delivery] = await hooks.told(endpoint)
    async with hooks.worker():
        await hooks.until_states(endpoint, "delivered")
        again = await manager.call("POST", f"{DELIVERIES}/{delivery.id}/redeliver")
        assert again.status_code == 202
        assert (again.json()["state"], again.json()["attempts"]) == ("pending", 0)
        first, second = await subscriber.first(2)
        await hooks.until_states(endpoint, "delivered")
    assert first.id == second.id == str(delivery.id)
    second.verified(made["secret"])


async def test_what_cannot_be_sent_again(manager: Manager, hooks: Hooks) -> None:
    made = await manager.make()
    [delivery] = await hooks.told(await hooks.named(made["id"]))
    path = f"{DELIVERIES}/{delivery.id}/redeliver"
    await manager.call("PATCH", f"{ENDPOINTS}/{made['id']}", {"enabled": False}, If_Match='"1"')
    assert code_of(await manager.call("POST", path), 409) == "endpoint_disabled"
    await manager.call("PATCH", f"{ENDPOINTS}/{made['id']}", {"url": None, "enabled": True}, If_Match='"2"')
    assert code_of(await manager.call("POST", path), 409) == "nothing_to_push"
    await manager.call("DELETE", f"{ENDPOINTS}/{made['id']}")
    assert code_of(await manager.call("POST", path), 409) == "endpoint_gone"
    assert [each["state"] for each in await list_deliveries(manager)] == ["dropped"]


@pytest.mark.parametrize(("method", "path"), OF_ONE)
async def test_another_organisations_delivery_is_not_there(
    gateways: Gateways, hooks: Hooks, method: str, path: str
) -> None:
    ours, theirs = await managing(gateways, 2)
    [delivery] = await hooks.told(await hooks.named((await ours.make())["id"]))
    assert code_of(await theirs.call(method, path.format(id=delivery.id)), 404) == "not_found"
    assert await list_deliveries(theirs) == []
    assert await list_deliveries(theirs, f"?endpoint={delivery.endpoint_id}") == []
    assert len(await list_deliveries(ours)) == 1


@pytest.mark.parametrize(("method", "path"), [*OF_ONE, ("GET", DELIVERIES)])
async def test_without_a_key_or_the_scope_nothing_is_told(
    gateways: Gateways, hooks: Hooks, method: str, path: str
) -> None:
    assert hooks
    client, path = await gateways.start(), path.format(id=uuid4())
    assert code_of(await client.request(method, path), 401) == "key_required"
    other = Manager(client, await gateways.partner("feedback:read"))
    assert code_of(await other.call(method, path), 403) == "scope_missing"
