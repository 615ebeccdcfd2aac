"""Who gets in where: each operation without a key, with a wrong one, with too little scope, as a stranger."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from deploy.local.home import CHECKOUT
from deploy.story.caller import Caller, wait_for
from deploy.story.cast import Cast
from deploy.story.part_one import ANSWERS, post_signed
from services.gateway.clients.schemas import SCOPES
from shared.ids import new_id
from tests.flows.examples import BODIES

DOCUMENT = json.loads((CHECKOUT / "deploy" / "openapi.json").read_text())
# What these lack is not a stranger's: they act on nothing that belongs to another organisation.
CREATING = {
    "make_client",
    "give_feedback",
    "give_batch",
    "look_up_replies",
    "make_publishing_rule",
    "moderate_many",
    "record_many_read",
    "send_file",
    "draft_loop",
    "register_organisation",
    "register_source",
    "make_endpoint",
    "declare_succession",
    "declare_merger",
    "add_footprint_contact",
    "add_organisation_contact",
    "register_stakeholder",
    "report_misroute",
    "appoint_to_footprint",
    "appoint_to_organisation",
    "state_footprint_fact",
    "correct_footprint",
    "end_footprint",
    "relate_footprint",
    "state_organisation_fact",
    "correct_organisation",
    "end_organisation",
    "relate_organisation",
    "sweep_suggestions",
}


# Stands in whatever only the trust may read.
MARK = "The porcelain walrus"
ACTOR = {"Doorway-Actor": "stranger-1; role=tester"}


@dataclass(frozen=True)
class Operation:
    """One operation of the API document."""

    method: str
    path: str
    name: str
    scopes: list[str] | None

    def at(self, ids: dict[str, str]) -> str:
        """Its path with ids for its parameters."""
        return self.path.format_map({**dict.fromkeys(names_in(self.path), str(new_id())), **ids})


def names_in(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def operations() -> list[Operation]:
    found = []
    for path, by_method in DOCUMENT["paths"].items():
        for method, each in by_method.items():
            # The first choice is no key at all where none is required.
            scopes = each["security"][0].get("key") if each["security"] else None
            found.append(Operation(method.upper(), path, each["operationId"], scopes))
    return found


OPERATIONS = operations()
KEYED = [each for each in OPERATIONS if each.scopes is not None]
SCOPED = [each for each in KEYED if each.scopes]
# A token that stops mail gets the same answer whether it is one or not, and presets are everybody's.
OF_SOMEBODY = [
    each
    for each in OPERATIONS
    if names_in(each.path) and not {"{name}", "{ref}", "{token}"} & set(each.path.split("/"))
]


def named(operation: Operation) -> str:
    return operation.name


def send(caller: Caller, operation: Operation, ids: dict[str, str]) -> Any:
    headers = {"If-Match": '"1"', **ACTOR}
    body = BODIES.get(operation.name)
    if operation.name == "issue_reply_codes":
        body = {**BODIES[operation.name], "source_id": ids["source_id"]}
    return caller.send(operation.method, operation.at(ids), headers=headers, json=body)


@pytest.fixture(scope="module")
def belongings(cast: Cast) -> dict[str, str]:
    """What belongs to the trust alone: unpublished feedback, a source, an endpoint, a delivery, a draft."""
    # Relations of bodies are public, and have numbers, as versions of mappings: these are nobody's.
    trust, ids = cast.trust, {"relation_id": "999999999", "version": "999999998"}
    about = {"organisation": cast.ids["trust_organisation"]}
    ids["feedback_id"] = trust.post(
        "/v1/feedback",
        {"kind": "comment", "text": f"{MARK} was said.", "organisations": [about["organisation"]]},
    )["id"]
    rows = f"What was good?\n{MARK} was kind.\n".encode()
    csv = {"Content-Type": "text/csv"}
    ids["file_id"] = trust.ask("POST", "/v1/feedback-files", content=rows, headers=csv)["id"]
    source = trust.post("/v1/sources", SOURCE)
    ids["source_id"] = cast.ids["source"] = source["id"]
    ids["received_id"] = post_signed(cast, source, "msg_isolation", ANSWERS[0])
    endpoint = trust.post("/v1/webhooks/endpoints", {"url": None})
    ids["endpoint_id"] = endpoint["id"]
    trust.post(f"/v1/webhooks/endpoints/{endpoint['id']}/test")
    path = "/v1/webhooks/deliveries"
    ids["delivery_id"] = wait_for("a delivery", lambda: trust.get(path, endpoint=endpoint["id"])["items"])[0][
        "id"
    ]
    mine = cast.admin.get("/v1/clients")["items"]
    client = next(each for each in mine if each["organisation_id"] == cast.ids["trust_organisation"])
    ids |= {"client_id": client["id"], "key_id": client["keys"][0]["id"]}
    draft = {
        "title": "Signs",
        "you_said": f"{MARK} was summed up.",
        "feedback_ids": [ids["feedback_id"]],
        **about,
    }
    ids["loop_id"] = trust.post("/v1/loops", draft)["id"]
    return ids


SOURCE = {
    "name": "Kiosk",
    "scheme": "standard-webhooks",
    "controller": "Demonstration Trust (invented)",
    "lawful_basis": "public_task",
    "article_9_condition": "health_or_social_care",
    "notice_version": "1",
    "retention_days": 365,
}


def caller_with(cast: Cast, scopes: list[str]) -> Caller:
    client = {"organisation": cast.ids["verifier_organisation"], "team": "x", "name": "x", "scopes": scopes}
    return Caller(cast.gateway_url, cast.admin.post("/v1/clients", client)["key"])


@pytest.fixture(scope="module")
def stranger(cast: Cast):
    """A client of another organisation that may do everything a partner may."""
    caller = caller_with(cast, sorted(SCOPES.keys() - {"clients:admin", "operator", "registry:write"}))
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def beginner(cast: Cast):
    """A client that may only read the registry."""
    caller = caller_with(cast, ["registry:read"])
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def forger(cast: Cast):
    """Somebody with a key of the right form that nobody gave them."""
    name, secret = cast.keys["trust"].rsplit("_", 1)
    caller = Caller(cast.gateway_url, f"{name}_{secret[::-1]}")
    yield caller
    caller.close()


@pytest.mark.parametrize("operation", KEYED, ids=named)
def test_without_a_key_nobody_gets_in(cast, belongings, operation):
    answer = send(cast.anybody, operation, belongings)
    assert (answer.status_code, answer.json()["code"]) == (401, "key_required")


@pytest.mark.parametrize("operation", OPERATIONS, ids=named)
def test_with_a_wrong_key_nobody_gets_in(forger, belongings, operation):
    if operation.path.startswith("/v1/hooks/"):
        return  # a hook is signed: its sender's headers are its own, and no key is read
    answer = send(forger, operation, belongings)
    assert (answer.status_code, answer.json()["code"]) == (401, "key_unknown")


@pytest.mark.parametrize("operation", SCOPED, ids=named)
def test_with_too_little_scope_nobody_gets_in(beginner, belongings, operation):
    answer = send(beginner, operation, belongings)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert operation.scopes[0] in answer.json()["detail"]


@pytest.mark.parametrize("operation", OF_SOMEBODY, ids=named)
def test_a_stranger_finds_nothing_of_another_organisation(stranger, belongings, operation):
    if operation.path.startswith("/v1/hooks/"):
        return  # posting to a hook needs its secret; that there is one is no secret
    answer = send(stranger, operation, belongings)
    status, code = answer.status_code, answer.json()["code"]
    if {"clients:admin", "registry:write"} & set(operation.scopes or []):
        assert (status, code) == (403, "scope_missing")
    else:
        assert status == 404, answer.text
        assert code in {"not_found", "source_not_found", "file_unknown", "rule_unknown"}


@pytest.mark.parametrize("operation", [each for each in OPERATIONS if each.method == "GET"], ids=named)
def test_no_list_shows_a_stranger_what_belongs_to_another(stranger, belongings, operation):
    text = send(stranger, operation, belongings).text
    assert MARK not in text
    own = {value for name, value in belongings.items() if f"{{{name}}}" not in operation.path}
    assert not [value for value in own if value in text]


def test_every_operation_that_changes_something_is_tried(belongings):
    tried = {each.name for each in OF_SOMEBODY} | CREATING
    changing = {each.name for each in KEYED if each.method != "GET"}
    assert changing <= tried | {"issue_reply_codes"}


def test_no_stranger_gets_reply_codes_for_a_source(stranger, belongings):
    wanted = {"source_id": belongings["source_id"], "count": 1}
    answer = stranger.send("POST", "/v1/reply-codes", json=wanted, headers=ACTOR)
    assert answer.status_code == 404
