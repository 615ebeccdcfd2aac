"""Sources over HTTP: set up by their organisation, seen by nobody else, and never with a secret twice."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import select

from services.feedback.sources import domain, replaying
from services.feedback.sources.models import SourceSecret
from shared.ids import new_id
from tests.feedback.examples import ClientOf, with_actor
from tests.feedback.sources.conftest import MANAGE, Settle
from tests.feedback.sources.senders import FOOTING, PAYLOAD, Sender, a_source, mapping
from tests.feedback.statements import counted_statements
from tests.fixtures.clients import ServiceClient

NEW = {"name": "Survey system", "scheme": "standard-webhooks"} | FOOTING
WITH = {"If-Match": '"1"'}


async def test_a_source_is_made_with_a_secret_that_is_shown_once(
    service: ServiceClient, owner: ServiceClient
) -> None:
    made = await owner.post("/v1/sources", json=NEW)
    source = made.json()
    assert (made.status_code, source["state"], source["hook"]) == (201, "live", f"/v1/hooks/{source['id']}")
    assert source["secret"].startswith("whsec_")
    assert (made.headers["Location"], made.headers["ETag"]) == (f"/v1/sources/{source['id']}", '"1"')
    read = await owner.get(made.headers["Location"])
    assert (read.status_code, read.headers["ETag"]) == (200, '"1"')
    assert read.json() == {name: value for name, value in source.items() if name != "secret"}
    async with service.state.sessions() as session:
        stored = await session.scalar(
            select(SourceSecret.sealed).where(SourceSecret.source_id == source["id"])
        )
    assert stored
    assert source["secret"].encode() not in stored


async def test_a_repeat_with_the_same_key_makes_no_second_source(owner: ServiceClient) -> None:
    key = {"Idempotency-Key": str(new_id())}
    first, again = [await owner.post("/v1/sources", json=NEW, headers=key) for _ in range(2)]
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"


async def test_a_secret_that_is_given_is_not_shown(owner: ServiceClient) -> None:
    hmac = {"scheme": "hmac-sha256", "hmac": {"header": "X-Signature"}, "secret": "a secret with spaces"}
    refused = await owner.post("/v1/sources", json=NEW | hmac)
    assert refused.json()["errors"][0]["pointer"] == "/secret"
    made = await owner.post("/v1/sources", json=NEW | hmac | {"secret": "an-invented-secret"})
    assert (made.status_code, made.json()["secret"]) == (201, None)


@pytest.mark.parametrize(
    "secret", ["whsec_c2hvcnQ=c2hvcnQ=", "not-in-the-right-form", "whsec_!!!!!!!!!!!!!!!!!!"]
)
async def test_a_secret_that_does_not_suit_the_scheme_is_refused(owner: ServiceClient, secret: str) -> None:
    refused = await owner.post("/v1/sources", json=NEW | {"secret": secret})
    assert (refused.status_code, refused.json()["code"]) == (422, "secret_refused")
    assert refused.json()["errors"][0]["pointer"] == "/secret"


@pytest.mark.parametrize(
    "fields",
    [
        {"scheme": "basic"},
        {"scheme": "hmac-sha256"},
        {"hmac": {"header": "X-Signature"}},
        {"scheme": "hmac-sha256", "hmac": {"header": "Authorization"}},
        {"scheme": "hmac-sha256", "hmac": {"header": "X-A", "signed": "{time}.{body}"}},
        {"scheme": "hmac-sha256", "hmac": {"header": "X-A", "message_id_expression": "a["}},
        {"scheme": "hmac-sha256", "hmac": {"header": "X-A", "message_id_header": "X-Request-ID"}},
        {"success_status": 500},
        {"lawful_basis": "because"},
        {"retention_days": 0},
        {"name": "two\nlines"},
        {"colour": "red"},
    ],
)
async def test_a_source_that_makes_no_sense_is_refused(owner: ServiceClient, fields: dict[str, Any]) -> None:
    refused = await owner.post("/v1/sources", json=NEW | fields)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


async def test_an_organisation_has_a_bounded_number_of_sources(
    owner: ServiceClient, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domain, "SOURCES_MAX", 3)

    async def register(client: ServiceClient) -> int:
        new = {"name": "Survey", "scheme": "standard-webhooks"}
        return (await client.post("/v1/sources", json=new)).status_code

    # All at once: each sees those before it.
    assert sorted(await asyncio.gather(*(register(owner) for _ in range(5)))) == [201] * 3 + [409] * 2
    refused = await owner.post("/v1/sources", json={"name": "Survey", "scheme": "standard-webhooks"})
    assert refused.json()["code"] == "too_many_sources"
    assert await register(with_actor(client_of(new_id(), "sources:manage"))) == 201


async def test_a_client_without_an_organisation_has_no_sources(service: ServiceClient) -> None:
    nobodys = with_actor(service.as_(client_id=new_id(), scopes=MANAGE))
    refused = await nobodys.post("/v1/sources", json=NEW)
    assert (refused.status_code, refused.json()["code"]) == (403, "organisation_required")
    assert (await nobodys.get("/v1/sources")).json()["items"] == []


async def test_sources_are_listed_by_pages_in_four_statements(
    service: ServiceClient, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = with_actor(client_of(new_id(), *MANAGE))
    made = [(await a_source(service, manager)).source["id"] for _ in range(3)]
    with counted_statements(service, monkeypatch) as executed:
        first = await manager.get("/v1/sources", params={"limit": 2})
    assert len(executed) <= 4
    second = await manager.get(first.json()["next"])
    assert [item["id"] for item in first.json()["items"] + second.json()["items"]] == made[::-1]
    assert second.json()["next"] is None


async def test_another_organisation_and_no_key_see_nothing(
    service: ServiceClient, client_of: ClientOf, sender: Sender
) -> None:
    received = (await sender.send()).json()["received_id"]
    stranger, reader = [with_actor(client_of(new_id(), *each)) for each in (MANAGE, ("feedback:read",))]
    tried = [
        ("GET", "", None),
        ("PATCH", "", {"name": "Mine now"}),
        ("POST", "/rotate-secret", {}),
        ("POST", "/mappings", mapping()),
        ("GET", "/mappings", None),
        ("GET", "/attempts", None),
        ("GET", "/quarantine", None),
        ("GET", f"/received/{received}", None),
        ("POST", "/replay", {"all": True}),
    ]
    for method, path, body in tried:
        for client, status, code in (
            (stranger, 404, "source_not_found"),
            (reader, 403, "scope_missing"),
            (service, 401, "key_required"),
        ):
            answer = await client.request(method, sender.path + path, json=body, headers=WITH)
            assert (answer.status_code, answer.json()["code"]) == (status, code), (method, path)
    assert (await stranger.get("/v1/sources")).json()["items"] == []


async def test_a_source_is_paused_and_resumed_by_its_etag(owner: ServiceClient, sender: Sender) -> None:
    paused = await owner.patch(sender.path, json={"state": "paused"}, headers=WITH)
    assert (paused.json()["state"], paused.headers["ETag"]) == ("paused", '"2"')
    assert (await sender.send()).json()["code"] == "source_not_live"
    stale = await owner.patch(sender.path, json={"state": "live"}, headers=WITH)
    blind = await owner.patch(sender.path, json={"state": "live"})
    assert (stale.status_code, blind.status_code) == (412, 428)
    change = {"state": "live", "success_status": 200, "name": "New name"}
    resumed = await owner.patch(sender.path, json=change, headers={"If-Match": '"2"'})
    assert {name: resumed.json()[name] for name in change} == change
    assert (await sender.send()).status_code == 200


async def test_a_source_goes_live_only_on_a_whole_footing(
    service: ServiceClient, owner: ServiceClient
) -> None:
    draft = await a_source(service, owner, controller=None, retention_days=None)
    assert draft.source["state"] == "draft"
    refused = await owner.patch(draft.path, json={"state": "live", "retention_days": 30}, headers=WITH)
    assert (refused.status_code, refused.json()["code"]) == (422, "source_not_ready")
    assert [error["pointer"] for error in refused.json()["errors"]] == ["/controller"]
    whole = {"state": "live", "controller": "A trust", "retention_days": 30}
    assert (await owner.patch(draft.path, json=whole, headers=WITH)).json()["state"] == "live"


async def test_settings_of_a_scheme_stay_with_it(owner: ServiceClient, sender: Sender) -> None:
    refused = await owner.patch(sender.path, json={"hmac": {"header": "X-A"}}, headers=WITH)
    assert refused.json()["errors"][0]["pointer"] == "/hmac"


async def test_the_old_secret_stays_good_for_the_overlap(owner: ServiceClient, sender: Sender) -> None:
    assert (await sender.send()).status_code == 202
    rotated = await owner.post(f"{sender.path}/rotate-secret", json={})
    fresh = Sender(sender.service, sender.source, rotated.json()["secret"], owner)
    assert ((await sender.send()).status_code, (await fresh.send()).status_code) == (202, 202)
    leaked = await owner.post(f"{sender.path}/rotate-secret", json={"overlap_hours": 0})
    newest = Sender(sender.service, sender.source, leaked.json()["secret"], owner)
    codes = [(await each.send()).status_code for each in (sender, fresh, newest)]
    assert codes == [401, 401, 202]


async def test_mappings_are_numbered_and_the_newest_comes_first(sender: Sender) -> None:
    first, second = await sender.map_by(), await sender.map_by(required=[])
    assert (first["version"], second["version"]) == (1, 2)
    listed = await sender.read("mappings")
    assert [item["version"] for item in listed["items"]] == [2, 1]
    assert listed["items"][1] == first


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"fields": {"text": "a["}}, "mapping_refused"),
        ({"samples": [{"synthetic": True, "payload": PAYLOAD, "expected": {"text": "x"}}]}, "sample_failed"),
        ({"samples": []}, "invalid"),
        ({"fields": {"text": "x" * 501}}, "invalid"),
    ],
)
async def test_a_mapping_that_does_not_hold_is_refused(
    owner: ServiceClient, sender: Sender, rules: dict[str, Any], code: str
) -> None:
    refused = await owner.post(f"{sender.path}/mappings", json=mapping(**rules))
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["errors"]
    assert (await sender.read("mappings"))["items"] == []


async def test_a_sample_with_a_number_beyond_json_is_refused(owner: ServiceClient, sender: Sender) -> None:
    text = json.dumps(mapping(defaults={"kind": "comment"})).replace('"2"', "1e999", 1)
    refused = await owner.post(
        f"{sender.path}/mappings", content=text, headers={"content-type": "application/json"}
    )
    assert refused.status_code == 422


async def test_attempts_show_the_last_fifty_and_never_what_was_posted(sender: Sender) -> None:
    for _ in range(4):
        await sender.send()
        await sender.send(**{"webhook-signature": "v1,c2VjcmV0"})
    items = (await sender.read("attempts"))["items"]
    assert [item["outcome"] for item in items] == ["refused", "taken"] * 4
    assert "nurse" not in json.dumps(items)
    assert "c2VjcmV0" not in json.dumps(items)


async def test_what_became_of_a_payload_is_told_with_its_reply_code(
    service: ServiceClient, sender: Sender, settle_all: Settle
) -> None:
    await sender.map_by()
    received = (await sender.send()).json()["received_id"]
    assert (await sender.read(f"received/{received}"))["state"] == "received"
    await settle_all()
    told = await sender.read(f"received/{received}")
    assert (told["state"], len(told["feedback"])) == ("mapped", 1)
    looked_up = await service.post(
        "/v1/replies/lookup", json={"reply_code": told["feedback"][0]["reply_code"]}
    )
    assert looked_up.json()["state"] == "received"
    again = await sender.read(f"received/{received}")
    assert [each["reply_code"] for each in again["feedback"]] == [None]
    assert (await sender.owner.get(f"{sender.path}/received/{new_id()}")).status_code == 404


async def test_a_replay_maps_what_waits_with_the_mended_mapping(sender: Sender, settle_all: Settle) -> None:
    await sender.map_by()
    received = (await sender.send({"answer": "Kind staff.", "consent": "Y"})).json()["received_id"]
    await settle_all()
    [waiting] = (await sender.read("quarantine"))["items"]
    assert (waiting["error_class"], waiting["field"], waiting["mapping_version"]) == ("missing", "text", 1)
    fields = {"text": "comment || answer", "external_id": "id", "permissions.publish": "consent"}
    fields |= {"rating.value": "score"}
    await sender.map_by(fields=fields)
    replay = f"{sender.path}/replay"
    rehearsed = (await sender.owner.post(replay, json={"all": True, "dry_run": True})).json()
    assert (rehearsed["replayed"], rehearsed["results"][0]["outcome"]) == (0, "mapped")
    assert (await sender.read(f"received/{received}"))["state"] == "quarantined"
    replayed = await sender.owner.post(replay, json={"received_ids": [received]})
    assert (replayed.status_code, replayed.json()["replayed"]) == (202, 1)
    await settle_all()
    assert (await sender.read(f"received/{received}"))["state"] == "mapped"
    assert (await sender.read("quarantine"))["items"] == []
    assert (await sender.owner.post(replay, json={"all": True})).json()["replayed"] == 0


@pytest.mark.parametrize("body", [{}, {"all": True, "received_ids": [str(new_id())]}, {"received_ids": []}])
async def test_a_replay_says_what_is_meant(sender: Sender, body: dict[str, Any]) -> None:
    assert (await sender.owner.post(f"{sender.path}/replay", json=body)).status_code == 422


async def test_a_replay_of_what_is_not_there_is_refused_by_name(sender: Sender) -> None:
    refused = await sender.owner.post(f"{sender.path}/replay", json={"received_ids": [str(new_id())]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/received_ids/0")


@pytest.mark.parametrize("bound", ["DRY_RUN_STEPS_MAX", "ANSWERS_MAX"])
async def test_a_rehearsal_of_much_work_says_what_it_got_to(
    sender: Sender, settle_all: Settle, monkeypatch: pytest.MonkeyPatch, bound: str
) -> None:
    monkeypatch.setattr(replaying, bound, 1)
    await sender.map_by()
    for _ in range(3):
        await sender.send({"id": new_id().hex})
    await settle_all()
    rehearsed = await sender.owner.post(f"{sender.path}/replay", json={"all": True, "dry_run": True})
    assert len(rehearsed.json()["results"]) == 1
