"""Who decides where events go names themselves, and stands in the audit without an address or a secret."""

import json
from typing import Any
from uuid import UUID

import pytest

from tests.gateway.gateways import Gateways
from tests.gateway.webhooks.hooks import Hooks
from tests.gateway.webhooks.managers import DELIVERIES, ENDPOINTS, Manager, managing

AT = "http://127.0.0.1:9/of-a-tenant?token=in-the-query"
ELSEWHERE = "http://127.0.0.2:9/elsewhere?token=another"
SINCE = {"since": "2026-01-01T00:00:00Z"}
# What is done, and the rows that it leaves.
ACTS: dict[str, tuple[str, str, Any, list[str]]] = {
    "make": ("POST", ENDPOINTS, {"url": AT}, ["endpoint_made"]),
    "move": ("PATCH", "", {"url": ELSEWHERE}, ["endpoint_address_changed"]),
    "disable": ("PATCH", "", {"enabled": False}, ["endpoint_disabled"]),
    "enable": ("PATCH", "", {"enabled": True}, ["endpoint_enabled"]),
    "filter": ("PATCH", "", {"filters": {"themes": ["access.cost"]}}, ["endpoint_changed"]),
    "touch": ("PATCH", "", {}, ["endpoint_changed"]),
    "all at once": (
        "PATCH",
        "",
        {"url": ELSEWHERE, "enabled": False, "payload": "full"},
        ["endpoint_address_changed", "endpoint_changed", "endpoint_disabled"],
    ),
    "rotate": ("POST", "/rotate-secret", None, ["endpoint_secret_changed"]),
    "test": ("POST", "/test", None, ["endpoint_tested"]),
    "replay": ("POST", "/replay", SINCE, ["endpoint_deliveries_replayed"]),
    "redeliver": ("POST", DELIVERIES, None, ["endpoint_delivery_resent"]),
    "delete": ("DELETE", "", None, ["endpoint_deleted"]),
}
NOBODIES = {"nobody": None, "product": "doorway; role=operator", "rule": "rule; role=retention"}


async def rows_of(manager: Manager) -> list[dict[str, Any]]:
    """What the audit of the manager's organisation holds, oldest first, but for the client itself."""
    found = (await manager.call("GET", "/v1/audit")).json()["items"]
    return [each for each in reversed(found) if each["action"] != "client_made"]


async def unnamed(manager: Manager, method: str, path: str, body: Any, actor: str | None) -> Any:
    """The answer to a request with the manager's key that names nobody, or the product."""
    headers = {"Authorization": f"Bearer {manager.partner.key}", "If-Match": '"1"'}
    named = headers | ({"Doorway-Actor": actor} if actor else {})
    return await manager.client.request(method, path, json=body, headers=named)


@pytest.mark.parametrize("act", ACTS)
async def test_who_decides_where_events_go_is_named(gateways: Gateways, hooks: Hooks, act: str) -> None:
    ours, theirs = await managing(gateways, 2)
    made = await ours.make(url=AT)
    [delivery] = await hooks.told(await hooks.named(made["id"]))
    method, at, body, actions = ACTS[act]
    path = at if at == ENDPOINTS else f"{ENDPOINTS}/{made['id']}{at}"
    path = f"{DELIVERIES}/{delivery.id}/redeliver" if at == DELIVERIES else path
    before = await rows_of(ours)

    for actor in NOBODIES.values():
        refused = await unnamed(ours, method, path, body, actor)
        assert refused.status_code == 422, refused.text
        assert refused.json()["errors"][0]["pointer"] == "/headers/Doorway-Actor"
    assert await rows_of(ours) == before

    done = await ours.call(method, path, body, If_Match='"1"')
    assert done.is_success, done.text
    rows = (await rows_of(ours))[len(before) :]
    assert sorted(each["action"] for each in rows) == actions
    subject = done.json()["id"] if act == "make" else made["id"]
    for each in rows:
        assert UUID(each["subject_id"]) == UUID(subject)
        assert (each["actor"], each["actor_role"]) == ("jd-17", "administrator")
        assert (each["client_id"], each["organisation_id"]) == (
            str(ours.partner.id),
            str(ours.organisation_id),
        )
    told = [made["secret"], "tenant", "elsewhere", "token", "127.0.0", "access.cost"]
    told += [done.json()["secret"]] if act in {"make", "rotate"} else []
    assert not [each for each in told if each in json.dumps(rows)]
    assert await rows_of(theirs) == []


async def test_what_was_refused_or_asked_twice_leaves_no_row(gateways: Gateways, hooks: Hooks) -> None:
    ours, theirs = await managing(gateways, 2)
    made = await ours.make(url=AT)
    [delivery] = await hooks.told(await hooks.named(made["id"]))
    before = await rows_of(ours)
    await ours.call("PATCH", f"{ENDPOINTS}/{made['id']}", {"url": "http://10.0.0.1/"}, If_Match='"1"')
    await ours.call("PATCH", f"{ENDPOINTS}/{made['id']}", {"url": ELSEWHERE}, If_Match='"7"')
    await theirs.call("DELETE", f"{ENDPOINTS}/{made['id']}")
    await theirs.call("POST", f"{DELIVERIES}/{delivery.id}/redeliver")
    assert await rows_of(ours) == before
    for _ in range(2):
        await ours.call("POST", f"{ENDPOINTS}/{made['id']}/rotate-secret", Idempotency_Key="once")
        await ours.call(
            "PATCH",
            f"{ENDPOINTS}/{made['id']}",
            {"enabled": False},
            If_Match='"2"',
            Idempotency_Key="once more",
        )
    assert [each["action"] for each in await rows_of(ours)][len(before) :] == [
        "endpoint_secret_changed",
        "endpoint_disabled",
    ]
    refusals = [each for each in await rows_of(theirs) if each["action"] != "refused"]
    assert refusals == []
