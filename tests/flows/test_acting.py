"""Attempts to act as nobody, as the product, or past others: by two trusts, a charity, and without a key."""

import json
from collections.abc import Iterator
from contextlib import closing

import pytest

from deploy.story.caller import Caller, JsonObject, wait_for
from deploy.story.cast import Cast, make_client_key, register_body

PERSONAL = ("07700 900123", "943 476 5919", "NE1 4LP")
NOT_A_PERSON = [
    None,
    "doorway; role=operator",
    "rule; role=retention",
    "jd-17; role=by rule",
    *[f"jd-17; role=Jane {each}" for each in PERSONAL],
]
SCOPES = ["sources:manage", "webhooks:manage", "feedback:read"]
ENDPOINTS = "/v1/webhooks/endpoints"
AT = "https://jane-07700900123.example.org/NE1-4LP?token=secret"


@pytest.fixture(scope="module")
def trust(cast: Cast) -> Iterator[Caller]:
    """A key of the story's trust that manages sources and endpoints."""
    with closing(caller_of(cast, cast.ids["trust_organisation"])) as found:
        yield found


@pytest.fixture(scope="module")
def others(cast: Cast) -> Iterator[list[Caller]]:
    """Keys of a second trust and of a charity, with the same scopes."""
    body = register_body(cast.steward, {"name": "Third Trust (invented)", "kind": "nhs_trust"})
    found = [caller_of(cast, each) for each in (body["id"], cast.ids["partner_organisation"])]
    yield found
    for each in found:
        each.close()


def caller_of(cast: Cast, organisation: str) -> Caller:
    """A client of an organisation, whose requests name nobody by themselves."""
    return Caller(cast.gateway_url, make_client_key(cast.admin, organisation, "digital", "acts", SCOPES))


def audit_of(caller: Caller) -> list[JsonObject]:
    """The newest rows of what a caller's own client did, but for refusals."""
    client, rows = caller.get("/v1/whoami")["client_id"], caller.get("/v1/audit", limit=100)["items"]
    acts = ("endpoint_", "source_", "reply_codes_")
    return [each for each in rows if each["client_id"] == client and each["action"].startswith(acts)]


@pytest.fixture(scope="module")
def writes(cast: Cast, trust: Caller) -> list[tuple[str, str, JsonObject]]:
    """What somebody who manages the trust's endpoint and source does, and reads once."""
    named = {"Doorway-Actor": "jd-17; role=digital lead"}
    endpoint = trust.ask("POST", ENDPOINTS, json={"url": None}, headers=named)["id"]
    source = trust.ask(
        "POST", "/v1/sources", json={"name": "S", "scheme": "standard-webhooks"}, headers=named
    )
    # Rows of other services' acts come by their events.
    wait_for(
        "audit", lambda: [each for each in audit_of(trust) if each["subject_id"] == source["id"]] or None
    )
    place, at = f"{ENDPOINTS}/{endpoint}", f"/v1/sources/{source['id']}"
    return [
        ("POST", ENDPOINTS, {"url": AT}),
        ("PATCH", place, {"url": AT}),
        ("DELETE", place, {}),
        ("POST", f"{place}/rotate-secret", {}),
        ("POST", f"{place}/test", {}),
        ("POST", f"{place}/replay", {"since": "2026-01-01T12:00:00Z"}),
        ("PATCH", at, {"name": "Mine"}),
        ("POST", f"{at}/rotate-secret", {}),
        ("GET", f"{at}/received/{endpoint}", {}),
    ]


@pytest.mark.parametrize("actor", NOT_A_PERSON)
def test_nobody_acts_unnamed_as_the_product_or_with_personal_data(
    trust: Caller, writes: list[tuple[str, str, JsonObject]], actor: str | None
) -> None:
    before = audit_of(trust)
    for method, path, body in writes:
        headers = {"If-Match": '"1"'} | ({"Doorway-Actor": actor} if actor else {})
        refused = trust.send(method, path, json=body, headers=headers)
        assert refused.status_code == 422, (method, path, refused.text)
        assert refused.json()["errors"][0]["pointer"] == "/headers/Doorway-Actor"
        assert not [each for each in PERSONAL if each in refused.text]
    assert audit_of(trust) == before


def test_an_administrator_who_names_nobody_makes_and_revokes_no_key(cast: Cast) -> None:
    with closing(Caller(cast.gateway_url, cast.keys["admin"])) as admin:
        new = {"organisation": cast.ids["trust_organisation"], "team": "x", "name": "x", "scopes": SCOPES}
        mine = admin.get("/v1/clients", limit=1)["items"][0]
        for actor in NOT_A_PERSON:
            headers = {"Doorway-Actor": actor} if actor else {}
            for method, path in (
                ("POST", "/v1/clients"),
                ("POST", f"/v1/clients/{mine['id']}/keys"),
                ("DELETE", f"/v1/clients/{mine['id']}/keys/{mine['keys'][0]['id']}"),
            ):
                body = new if path == "/v1/clients" else {}
                assert admin.send(method, path, json=body, headers=headers).status_code == 422, (actor, path)
        assert admin.get(f"/v1/clients/{mine['id']}") == mine


def test_others_neither_act_on_what_is_the_trusts_nor_read_its_rows(
    cast: Cast, trust: Caller, others: list[Caller], writes: list[tuple[str, str, JsonObject]]
) -> None:
    named = {"Doorway-Actor": "jd-17; role=digital lead", "If-Match": '"1"'}
    before = audit_of(trust)
    for caller, status in ((others[0], 404), (others[1], 404), (cast.anybody, 401)):
        for method, path, body in writes[1:]:
            assert caller.send(method, path, json=body, headers=named).status_code == status, (method, path)
    assert audit_of(trust) == before != []
    # What was done with feedback stands in the audit of everybody whom it concerns.
    own = [each for each in before if each["action"].startswith(("endpoint_", "source_", "key_", "client_"))]
    assert own
    for asked in ("", f"?organisation_id={cast.ids['trust_organisation']}", "?limit=200"):
        for caller in others:
            shown = caller.send("GET", f"/v1/audit{asked}").text
            assert not [each for each in own if each["id"] in shown]
    assert cast.anybody.send("GET", "/v1/audit").status_code == 401


def test_what_is_done_stands_in_the_audit_without_the_address(trust: Caller) -> None:
    named = {"Doorway-Actor": "jd-17; role=digital lead"}
    made = trust.ask("POST", ENDPOINTS, json={"url": AT}, headers=named)
    place, moved = f"{ENDPOINTS}/{made['id']}", f"{AT}&again"
    trust.ask("PATCH", place, json={"url": moved}, headers=named | {"If-Match": '"1"'})
    secret = trust.ask("POST", f"{place}/rotate-secret", headers=named)["secret"]
    trust.ask("DELETE", place, headers=named)
    mine = [each for each in audit_of(trust) if each["subject_id"] == made["id"]]
    assert [each["action"] for each in mine] == [
        "endpoint_deleted",
        "endpoint_secret_changed",
        "endpoint_address_changed",
        "endpoint_made",
    ]
    assert {(each["actor"], each["actor_role"]) for each in mine} == {("jd-17", "digital lead")}
    hidden = (made["secret"], secret, "07700900123", "NE1-4LP", "token", "example.org")
    assert not [each for each in hidden if each in json.dumps(mine)]
