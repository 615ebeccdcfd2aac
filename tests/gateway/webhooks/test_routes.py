"""Endpoints over HTTP, through the gateway with real keys."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from services.gateway.webhooks import queries
from shared.clock import now
from shared.events import Envelope
from shared.outbox import Outbox
from tests.gateway.gateways import Gateways
from tests.gateway.webhooks.hooks import Hooks
from tests.gateway.webhooks.managers import ENDPOINTS, Manager, code_of, managing
from tests.gateway.webhooks.subscribers import Subscriber

OPERATIONS = [
    ("POST", ENDPOINTS, {"url": "https://example.org/"}),
    ("GET", ENDPOINTS, None),
    ("GET", f"{ENDPOINTS}/{{id}}", None),
    ("PATCH", f"{ENDPOINTS}/{{id}}", {}),
    ("DELETE", f"{ENDPOINTS}/{{id}}", None),
    ("POST", f"{ENDPOINTS}/{{id}}/test", None),
    ("POST", f"{ENDPOINTS}/{{id}}/rotate-secret", None),
    ("POST", f"{ENDPOINTS}/{{id}}/replay", {"since": "2026-01-01T00:00:00Z"}),
    ("GET", f"{ENDPOINTS}/{{id}}/events", None),
    ("GET", "/v1/webhooks/event-types", None),
]
OF_ONE = [operation for operation in OPERATIONS if "{id}" in operation[1]]


@pytest.fixture
async def manager(gateways: Gateways, hooks: Hooks) -> Manager:
    """A client that manages the webhooks of one organisation."""
    assert hooks
    return (await managing(gateways))[0]


async def test_an_endpoint_is_made_with_its_secret_and_read_without(manager: Manager) -> None:
    wanted = {
        "url": "https://127.0.0.1:8443/hook?tenant=1",
        "event_types": ["feedback.published.v1"],
        "filters": {"footprints": [], "organisations": [str(uuid4())], "themes": ["access.cost"]},
        "payload": "full",
    }
    made = await manager.call("POST", ENDPOINTS, wanted)
    assert made.status_code == 201
    endpoint = made.json()
    assert made.headers["location"] == f"{ENDPOINTS}/{endpoint['id']}"
    assert made.headers["etag"] == '"1"'
    assert endpoint.pop("secret").startswith("whsec_")
    assert {name: endpoint[name] for name in wanted} == wanted
    assert (endpoint["enabled"], endpoint["organisation_id"]) == (True, str(manager.organisation_id))
    read = await manager.call("GET", f"{ENDPOINTS}/{endpoint['id']}")
    assert read.json() == endpoint
    assert read.headers["etag"] == '"1"'


async def test_the_same_key_makes_one_endpoint_and_shows_its_secret_again(manager: Manager) -> None:
    first, again = [
        await manager.call("POST", ENDPOINTS, {"url": "http://127.0.0.1/"}, Idempotency_Key="k") for _ in "12"
    ]
    assert first.json() == again.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert len((await manager.call("GET", ENDPOINTS)).json()["items"]) == 1
    other = await manager.call("POST", ENDPOINTS, {"url": "http://127.0.0.2/"}, Idempotency_Key="k")
    assert code_of(other, 422) == "idempotency_key_reused"


async def test_lists_are_pages_of_ones_own_newest_first(gateways: Gateways, hooks: Hooks) -> None:
    assert hooks
    ours, theirs = await managing(gateways, 2)
    made = [(await ours.make())["id"] for _ in range(3)]
    await theirs.make()
    first = (await ours.call("GET", f"{ENDPOINTS}?limit=2")).json()
    rest = (await ours.call("GET", first["next"])).json()
    assert [each["id"] for each in first["items"] + rest["items"]] == made[::-1]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"url": "http://10.0.0.1/"}, "/url", "address_refused"),
        ({"url": "https://user:pw@example.org/"}, "/url", "address_refused"),
        ({"event_types": ["feedback.received.v1", "no.such.v1"]}, "/event_types/1", "unknown_event_type"),
        ({"event_types": ["loop.drafted.v1"]}, "/event_types/0", "unknown_event_type"),
        ({"filters": {"footprints": ["x"]}}, "/filters/footprints/0", "invalid"),
        ({"filters": {"postcodes": []}}, "/filters/postcodes", "invalid"),
        ({"payload": "fat"}, "/payload", "invalid"),
        ({"secret": "whsec_mine"}, "/secret", "invalid"),
        ({"url": 7}, "/url", "invalid"),
    ],
)
async def test_what_is_wrong_is_named(
    manager: Manager, body: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await manager.call("POST", ENDPOINTS, body)
    assert code_of(answer, 422) == code
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


async def test_a_change_changes_what_it_names_and_nothing_else(manager: Manager) -> None:
    made = await manager.make(event_types=["feedback.read.v1"], payload="full")
    changed = await manager.call("PATCH", f"{ENDPOINTS}/{made['id']}", {"enabled": False}, If_Match='"1"')
    assert changed.status_code == 200
    assert changed.headers["etag"] == '"2"'
    now_so = changed.json()
    assert (now_so["enabled"], now_so["disabled_reason"], now_so["version"]) == (False, "by_owner", 2)
    kept = ("url", "event_types", "filters", "payload")
    assert {name: now_so[name] for name in kept} == {name: made[name] for name in kept}
    body = {"filters": {"themes": ["a"]}, "event_types": [], "payload": "thin", "enabled": True}
    again = (await manager.call("PATCH", f"{ENDPOINTS}/{made['id']}", body, If_Match='"2"')).json()
    assert (again["filters"]["themes"], again["event_types"], again["payload"]) == (["a"], [], "thin")
    assert (again["enabled"], again["disabled_reason"]) == (True, None)


async def test_a_change_needs_the_version_that_was_read(manager: Manager) -> None:
    made = await manager.make()
    path = f"{ENDPOINTS}/{made['id']}"
    assert code_of(await manager.call("PATCH", path, {}), 428) == "version_required"
    assert code_of(await manager.call("PATCH", path, {}, If_Match='"7"'), 412) == "version_stale"
    refused = await manager.call("PATCH", path, {"url": "http://10.0.0.1/"}, If_Match='"1"')
    assert code_of(refused, 422) == "address_refused"
    unknown = await manager.call("PATCH", path, {"event_types": ["x.y.v1"]}, If_Match='"1"')
    assert code_of(unknown, 422) == "unknown_event_type"


async def test_a_deleted_endpoint_is_gone_but_not_its_history(
    manager: Manager, hooks: Hooks, subscriber: Subscriber
) -> None:
    made = await manager.make(url=subscriber.url)
    endpoint = await hooks.named(made["id"])
    await hooks.told(endpoint)
    assert (await manager.call("DELETE", f"{ENDPOINTS}/{made['id']}")).status_code == 204
    for method, path, body in OF_ONE:
        answer = await manager.call(method, path.format(id=made["id"]), body, If_Match='"1"')
        assert code_of(answer, 404) == "not_found", (method, path)
    assert (await manager.call("GET", ENDPOINTS)).json()["items"] == []
    assert await hooks.states(endpoint) == ["dropped"]
    kept = await hooks.again(endpoint)
    assert kept.deleted_at is not None
    assert (kept.secret_sealed, kept.previous_secret_sealed) == (b"", None)


async def test_a_new_secret_is_shown_once_and_the_old_one_stays_a_day(manager: Manager) -> None:
    made = await manager.make()
    rotated = await manager.call("POST", f"{ENDPOINTS}/{made['id']}/rotate-secret")
    assert rotated.status_code == 200
    assert rotated.json()["secret"] not in {made["secret"], None}
    assert rotated.headers["etag"] == '"2"'
    read = (await manager.call("GET", f"{ENDPOINTS}/{made['id']}")).json()
    assert "secret" not in read
    assert read["previous_secret_until"] == rotated.json()["previous_secret_until"] > now().isoformat()


async def test_a_test_is_recorded_as_an_event(manager: Manager, hooks: Hooks) -> None:
    made = await manager.make()
    asked = await manager.call("POST", f"{ENDPOINTS}/{made['id']}/test")
    assert asked.status_code == 202
    assert asked.json() == {
        "endpoint_id": made["id"],
        "version": 2,
        "event_type": "gateway.endpoint_tested.v1",
        "deliveries": f"/v1/webhooks/deliveries?endpoint={made['id']}",
    }
    async with hooks.sessions() as session:
        recorded = select(Outbox).where(Outbox.aggregate_id == UUID(made["id"]))
        [row] = (await session.scalars(recorded)).all()
    assert Envelope.model_validate_json(row.body).data["organisations"] == [str(manager.organisation_id)]


async def test_a_replay_sends_all_since_again_with_their_old_ids(
    manager: Manager, hooks: Hooks, subscriber: Subscriber
) -> None:
    made = await manager.make(url=subscriber.url)
    endpoint = await hooks.named(made["id"])
    await hooks.told(endpoint, 3)
    path = f"{ENDPOINTS}/{made['id']}/replay"
    async with hooks.worker():
        await hooks.until_states(endpoint, *["delivered"] * 3)
        since = (await hooks.deliveries(endpoint))[1].created_at.isoformat()
        replayed = await manager.call("POST", path, {"since": since})
        assert replayed.status_code == 202
        assert replayed.json() == {"endpoint_id": made["id"], "deliveries": 2, "next_since": None}
        await subscriber.first(5)
        await hooks.until_states(endpoint, *["delivered"] * 3)
    ids = [received.id for received in subscriber.received]
    assert sorted(ids[3:]) == sorted(str(each.id) for each in (await hooks.deliveries(endpoint))[1:])


async def test_a_replay_of_many_goes_in_pieces(
    manager: Manager, hooks: Hooks, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "REPLAYED_TOGETHER", 2)
    made = await manager.make(url=subscriber.url)
    endpoint = await hooks.named(made["id"])
    await hooks.told(endpoint, 5)
    async with hooks.worker():
        await hooks.until_states(endpoint, *["delivered"] * 5)
    since: str | None = "2026-01-01T00:00:00Z"
    pieces: list[int] = []
    while since:
        replayed = (await manager.call("POST", f"{ENDPOINTS}/{made['id']}/replay", {"since": since})).json()
        pieces.append(replayed["deliveries"])
        since = replayed["next_since"]
    assert pieces == [2, 2, 1]
    assert [each.state for each in await hooks.deliveries(endpoint)] == ["pending"] * 5


async def test_what_cannot_be_replayed(manager: Manager) -> None:
    made = await manager.make()
    path = f"{ENDPOINTS}/{made['id']}/replay"
    future = await manager.call("POST", path, {"since": (now() + timedelta(hours=1)).isoformat()})
    assert code_of(future, 422) == "since_in_future"
    for instant in ("2026-01-01T00:00:00", "0001-01-01T00:00:00+14:00"):
        assert code_of(await manager.call("POST", path, {"since": instant}), 422) == "invalid"
    since = {"since": "2026-01-01T00:00:00Z"}
    await manager.call("PATCH", f"{ENDPOINTS}/{made['id']}", {"enabled": False}, If_Match='"1"')
    assert code_of(await manager.call("POST", path, since), 409) == "endpoint_disabled"
    pulled = await manager.make(url=None)
    answer = await manager.call("POST", f"{ENDPOINTS}/{pulled['id']}/replay", since)
    assert code_of(answer, 409) == "nothing_to_push"


async def test_event_types_are_told_with_a_sentence(manager: Manager) -> None:
    types = {
        each["type"]: each for each in (await manager.call("GET", "/v1/webhooks/event-types")).json()["items"]
    }
    assert types["feedback.published.v1"] == {
        "type": "feedback.published.v1",
        "description": "A moderator published the feedback.",
        "audience": "organisation",
    }
    assert types["registry.organisation_changed.v1"]["audience"] == "public"
    assert "internal" not in {each["audience"] for each in types.values()}


@pytest.mark.parametrize(("method", "path", "body"), OF_ONE)
async def test_another_organisations_endpoint_is_not_there(
    gateways: Gateways, hooks: Hooks, method: str, path: str, body: Any
) -> None:
    ours, theirs = await managing(gateways, 2)
    made = await ours.make()
    answer = await theirs.call(method, path.format(id=made["id"]), body, If_Match='"1"')
    assert code_of(answer, 404) == "not_found"
    assert (await hooks.named(made["id"])).version == 1
    colleague = Manager(
        ours.client, await gateways.partner("webhooks:manage", organisation_id=ours.organisation_id)
    )
    assert (await colleague.call("GET", f"{ENDPOINTS}/{made['id']}")).status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), OPERATIONS)
async def test_without_a_key_or_the_scope_nothing_is_done(
    gateways: Gateways, hooks: Hooks, method: str, path: str, body: Any
) -> None:
    assert hooks
    client, path = await gateways.start(), path.format(id=uuid4())
    without = await client.request(method, path, json=body, headers={"If-Match": '"1"'})
    assert code_of(without, 401) == "key_required"
    other = Manager(client, await gateways.partner("feedback:read", "feedback:write", "clients:admin"))
    assert code_of(await other.call(method, path, body, If_Match='"1"'), 403) == "scope_missing"
