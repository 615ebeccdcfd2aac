import asyncio
import re
from uuid import UUID

import pytest

from shared.ids import new_id
from tests.gateway.gateways import Gateways, Partner
from tests.gateway.upstreams import ORGANISATION

NEW = {"organisation": "ods:RX6", "team": "digital", "name": "Listening app", "scopes": ["feedback:write"]}


async def test_a_client_is_made_with_its_first_key(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    made = await gateway.post("/v1/clients", json=NEW, headers=admin.headers)
    body = made.json()
    assert made.status_code == 201
    assert made.headers["location"] == f"/v1/clients/{body['id']}"
    assert made.headers["etag"] == '"1"'
    assert body["organisation_id"] == ORGANISATION
    assert re.fullmatch(r"dw_[0-9a-f]{32}_[0-9a-f]{48}", body["key"])
    me = await gateway.get("/v1/whoami", headers={"Authorization": f"Bearer {body['key']}"})
    assert me.json() == {
        "client_id": body["id"],
        "organisation_id": ORGANISATION,
        "team": "digital",
        "scopes": ["feedback:write"],
        "key_id": body["keys"][0]["id"],
        "limit": {"requests": 10_000, "window_seconds": 60},
    }


async def test_an_organisation_is_taken_by_its_registry_id(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    made = await gateway.post("/v1/clients", json=NEW | {"organisation": ORGANISATION}, headers=admin.headers)
    assert made.status_code == 201


@pytest.mark.parametrize("organisation", ["ods:NONE", "ons:E54000050", str(UUID(int=1))])
async def test_an_organisation_that_the_registry_does_not_know_is_refused(
    gateways: Gateways, organisation: str
) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    refused = await gateway.post(
        "/v1/clients", json=NEW | {"organisation": organisation}, headers=admin.headers
    )
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/organisation")


async def test_without_the_registry_no_client_is_made(gateways: Gateways) -> None:
    gateway = await gateways.start(registry_url="http://127.0.0.1:1")
    admin = await gateways.partner("clients:admin")
    refused = await gateway.post("/v1/clients", json=NEW, headers=admin.headers)
    assert (refused.status_code, refused.json()["code"]) == (503, "service_unavailable")


async def test_a_parameter_that_the_gateway_does_not_know_is_named(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    refused = await gateway.get("/v1/clients?limt=1", headers=admin.headers)
    assert refused.json()["errors"] == [
        {"pointer": "/query/limt", "detail": "There is no such parameter here. Use `limit`."}
    ]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"scopes": ["everything"]}, "/scopes"),
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["operator", "registry:write"]}, "/scopes"),
        ({"team": "two\nlines"}, "/team"),
        ({"organisation": "ods:"}, "/organisation"),
        ({"extra": 1}, "/extra"),
        ({"name": "\x00"}, "/name"),
        ({"name": "Doorway"}, "/name"),
        ({"name": "d o\u00f3 r-way rule"}, "/name"),
        ({"team": "RULES"}, "/team"),
    ],
)
async def test_a_bad_field_is_named(gateways: Gateways, change: dict[str, object], pointer: str) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    refused = await gateway.post("/v1/clients", json=NEW | change, headers=admin.headers)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_the_same_request_again_makes_nothing_and_gives_the_same_key(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    headers = admin.headers | {"Idempotency-Key": "once"}
    first = await gateway.post("/v1/clients", json=NEW, headers=headers)
    again = await gateway.post("/v1/clients", json=NEW, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == first.json()


async def test_clients_are_listed_and_read_without_secrets(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    listed = await gateway.get("/v1/clients?limit=1", headers=admin.headers)
    assert listed.json()["items"][0]["id"] == str(admin.id)
    own = await gateway.get(f"/v1/clients?organisation_id={admin.organisation_id}", headers=admin.headers)
    assert [each["id"] for each in own.json()["items"]] == [str(admin.id)]
    one = await gateway.get(f"/v1/clients/{admin.id}", headers=admin.headers)
    assert one.headers["etag"] == '"1"'
    assert set(one.json()["keys"][0]) == {"id", "created_at", "revoked_at"}
    assert admin.key.rpartition("_")[2] not in listed.text + one.text


async def test_a_client_has_two_live_keys_at_most(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    keys = f"/v1/clients/{admin.id}/keys"
    second = await gateway.post(keys, headers=admin.headers)
    assert second.status_code == 201
    third = await gateway.post(keys, headers=admin.headers)
    assert (third.status_code, third.json()["code"]) == (409, "two_keys_live")
    new = admin.headers | {"Authorization": f"Bearer {second.json()['key']}"}
    assert (await gateway.delete(f"{keys}/{admin.key_id}", headers=new)).status_code == 204
    assert (await gateway.get("/v1/whoami", headers=admin.headers)).json()["code"] == "key_unknown"
    assert (await gateway.post(keys, headers=new)).status_code == 201


async def test_two_who_ask_for_a_second_key_at_once_get_one(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    asked = [gateway.post(f"/v1/clients/{admin.id}/keys", headers=admin.headers) for _ in range(5)]
    assert sorted(each.status_code for each in await asyncio.gather(*asked)) == [201, 409, 409, 409, 409]


async def test_ending_a_key_twice_changes_nothing_more(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    other = await gateways.partner()
    path = f"/v1/clients/{other.id}/keys/{other.key_id}"
    await gateway.delete(path, headers=admin.headers)
    before = await gateway.get(f"/v1/clients/{other.id}", headers=admin.headers)
    assert (await gateway.delete(path, headers=admin.headers)).status_code == 204
    assert (await gateway.get(f"/v1/clients/{other.id}", headers=admin.headers)).json() == before.json()


async def test_what_is_not_there_is_not_found(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    nobody = f"/v1/clients/{new_id()}"
    assert (await gateway.get(nobody, headers=admin.headers)).status_code == 404
    assert (await gateway.post(f"{nobody}/keys", headers=admin.headers)).status_code == 404
    gone = await gateway.delete(f"/v1/clients/{admin.id}/keys/{new_id()}", headers=admin.headers)
    assert gone.status_code == 404


def administration(partner: Partner) -> list[tuple[str, str, object]]:
    return [
        ("POST", "/v1/clients", NEW),
        ("GET", "/v1/clients", None),
        ("GET", f"/v1/clients/{partner.id}", None),
        ("POST", f"/v1/clients/{partner.id}/keys", None),
        ("DELETE", f"/v1/clients/{partner.id}/keys/{partner.key_id}", None),
    ]


async def test_clients_are_administered_by_those_who_may(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner("feedback:write")
    stranger = {"Authorization": f"Bearer dw_{new_id().hex}_{'0' * 48}"}
    for method, path, body in administration(partner):
        without = await gateway.request(method, path, json=body)
        assert (without.status_code, without.json()["code"]) == (401, "key_required")
        wrong = await gateway.request(method, path, json=body, headers=stranger)
        assert (wrong.status_code, wrong.json()["code"]) == (401, "key_unknown")
        little = await gateway.request(method, path, json=body, headers=partner.headers)
        assert (little.status_code, little.json()["code"]) == (403, "scope_missing")
        assert "clients:admin" in little.json()["detail"]


async def test_who_makes_and_revokes_keys_names_themselves(gateways: Gateways) -> None:
    gateway, admin, partner = (
        await gateways.start(),
        await gateways.partner("clients:admin"),
        await gateways.partner(),
    )
    nobody = {"Authorization": f"Bearer {admin.key}"}
    writes = [each for each in administration(partner) if each[0] != "GET"]
    for actor in (None, "doorway; role=operator", "rule; role=operator", "jd-17; role=system", "jd-17"):
        named = nobody | ({"Doorway-Actor": actor} if actor else {})
        for method, path, body in writes:
            refused = await gateway.request(method, path, json=body, headers=named)
            assert refused.status_code == 422, (actor, method, path)
            assert refused.json()["errors"][0]["pointer"] == "/headers/Doorway-Actor"
    alive = (await gateway.get(f"/v1/clients/{partner.id}", headers=nobody)).json()
    assert [each["revoked_at"] for each in alive["keys"]] == [None]


async def test_only_an_operators_client_makes_a_key_for_one(gateways: Gateways) -> None:
    gateway, admin = await gateways.start(), await gateways.partner("clients:admin")
    operators = await gateways.partner("clients:admin", "operator")
    path = f"/v1/clients/{operators.id}/keys"
    refused = await gateway.post(path, headers=admin.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "operators_client")
    assert len((await gateway.get(path.removesuffix("/keys"), headers=admin.headers)).json()["keys"]) == 1
    assert (await gateway.post(path, headers=operators.headers)).status_code == 201


async def test_whoami_needs_a_key(gateways: Gateways) -> None:
    gateway = await gateways.start()
    refused = await gateway.get("/v1/whoami")
    assert (refused.status_code, refused.json()["code"]) == (401, "key_required")
    assert refused.headers["www-authenticate"].startswith("Bearer")
