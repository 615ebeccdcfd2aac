"""Contacts added, corrected, verified and closed over HTTP."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from services.registry.models import Body, Change, Contact, Relation
from shared.clock import now, today
from shared.events.base import Envelope
from shared.events.registry import ContactChanged, ContactVerified
from shared.ids import new_id
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.contacts.scene import BOARD, WHY, add, change, knocker, mailbox, steward, version_of


async def test_an_added_contact_is_published_and_shown(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    given = mailbox(accessible=["easy_read", "bsl"], hours="Monday to Friday, 9 to 5")
    headers = await version_of(registry, BOARD)
    made = await steward(registry).post(
        f"{BOARD}/contacts", json=given, headers=headers | {"Doorway-Actor": "jd-17; role=steward"}
    )
    assert made.status_code == 201, made.text
    contact = made.json()
    assert made.headers["Location"] == f"/v1/contacts/{contact['id']}"
    assert (contact["freshness"], contact["accessible"], contact["known_on"]) == (
        "fresh",
        ["bsl", "easy_read"],
        str(today()),
    )
    assert (await registry.get(made.headers["Location"])).json() == contact
    footprint = (await registry.get(BOARD)).json()
    assert footprint["version"] == contact["version"]
    assert contact["id"] in {each["id"] for each in footprint["contacts"]}
    assert "contact" not in {each["what"] for each in footprint["not_known"]}
    session = await session_for("registry")
    (change_,) = (await session.scalars(select(Change).where(Change.state.contains(contact["id"])))).all()
    assert (change_.type, change_.actor, change_.reason) == (ContactChanged.type, "jd-17", given["reason"])
    assert given["value"] not in change_.state
    body = (await session.scalars(select(Outbox.body).where(Outbox.id == change_.id))).one()
    event = Envelope.model_validate_json(body).event()
    assert isinstance(event, ContactChanged)
    assert (str(event.contact_id), event.accessible) == (contact["id"], ("bsl", "easy_read"))
    assert str(event.footprints[0]) == str(event.organisations[0]) == footprint["id"]


async def test_a_trusts_contact_is_of_its_footprint(registry: ServiceClient, session_for: SessionFor) -> None:
    contact = await add(registry, "/v1/organisations/ods:RX6", channel="phone", value="0191 430 2000")
    assert contact["value"] == "+441914302000"
    listed = (await registry.get("/v1/organisations/ods:RX6/contacts?channel=phone")).json()["items"]
    assert contact["id"] in {each["id"] for each in listed}
    session = await session_for("registry")
    change_ = (await session.scalars(select(Change).where(Change.state.contains(contact["id"])))).one()
    board = (await registry.get(BOARD)).json()
    assert [str(each) for each in change_.footprints] == [board["id"]]


@pytest.mark.parametrize(
    ("change_", "pointer"),
    [
        ({"channel": "fax"}, "/channel"),
        ({"value": "not an address"}, "/value"),
        ({"channel": "phone", "value": "12"}, "/value"),
        ({"purpose": "gossip"}, "/purpose"),
        ({"accessible": ["telepathy"]}, "/accessible/0"),
        ({"hours": "two\nlines"}, "/hours"),
        ({"known_on": "2999-01-01"}, "/known_on"),
        ({"verified_on": "2999-01-01"}, "/verified_on"),
        ({"verified_on": "2026-01-01", "known_on": "2026-02-01"}, "/verified_on"),
        ({"known_on": 1}, "/known_on"),
        ({"reason": ""}, "/reason"),
        ({"source": None}, "/source"),
        ({"is_personal": "perhaps"}, "/is_personal"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_bad_contacts_are_422_naming_the_field(
    registry: ServiceClient, change_: dict[str, Any], pointer: str
) -> None:
    headers = await version_of(registry, BOARD) | {"Content-Type": "application/json"}
    body = json.dumps(mailbox() | change_)
    answer = await steward(registry).post(f"{BOARD}/contacts", content=body, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_one_persons_contact_needs_a_published_source(registry: ServiceClient) -> None:
    headers = await version_of(registry, BOARD)
    for source in ("somebody told me", "http://example.org/people"):
        given = mailbox(is_personal=True, source=source)
        refused = await steward(registry).post(f"{BOARD}/contacts", json=given, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (422, "source_required")
    contact = await add(registry, is_personal=True)
    assert (contact["is_personal"], contact["source"]) == (True, WHY["source"])
    refused = await change(registry, contact, "corrections", hours="9 to 5", source="I know them")
    assert refused.json()["code"] == "source_required"
    assert (await registry.get(f"/v1/contacts/{contact['id']}")).json()["hours"] is None


async def test_the_same_contact_twice_names_the_one_that_is_there(registry: ServiceClient) -> None:
    contact = await add(registry, value=f"Twice-{new_id()}@Example.org")
    headers = await version_of(registry, BOARD)
    again = mailbox(value=contact["value"].lower())
    refused = await steward(registry).post(f"{BOARD}/contacts", json=again, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_known")
    assert refused.headers["Location"] == f"/v1/contacts/{contact['id']}"
    assert contact["id"] in refused.json()["detail"]
    other = await add(registry, value=contact["value"], purpose="complaints")
    refused = await change(registry, other, "corrections", purpose="enquiries")
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_known")


async def test_two_that_add_one_contact_at_once_make_one(registry: ServiceClient) -> None:
    headers, given = await version_of(registry, BOARD), mailbox()
    client = steward(registry)
    answers = await asyncio.gather(
        *(client.post(f"{BOARD}/contacts", json=given, headers=headers) for _ in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 412, 412, 412]


async def test_the_same_key_adds_once(registry: ServiceClient) -> None:
    headers = await version_of(registry, BOARD) | {"Idempotency-Key": "one contact"}
    client, given = steward(registry), mailbox()
    first = await client.post(f"{BOARD}/contacts", json=given, headers=headers)
    second = await client.post(f"{BOARD}/contacts", json=given, headers=headers)
    assert (second.json(), second.headers["ETag"]) == (first.json(), first.headers["ETag"])
    assert second.headers["Idempotent-Replayed"] == "true"


async def test_a_correction_keeps_what_was_said(registry: ServiceClient) -> None:
    contact = await add(registry, hours="9 to 5")
    before = now()
    answer = await change(registry, contact, "corrections", value="right@example.org", hours=None)
    assert answer.status_code == 200, answer.text
    corrected = answer.json()
    assert (corrected["id"], corrected["value"], corrected["hours"]) == (
        contact["id"],
        "right@example.org",
        None,
    )
    assert corrected["version"] == contact["version"] + 1
    path = f"/v1/contacts/{contact['id']}"
    assert (await registry.get(path)).json()["value"] == "right@example.org"
    then = (await registry.get(path, params={"known_at": before.isoformat()})).json()
    assert (then["value"], then["hours"]) == (contact["value"], "9 to 5")
    listed = f"{BOARD}/contacts"
    instants: list[dict[str, Any]] = [{}, {"known_at": before.isoformat()}]
    texts = [(await registry.get(listed, params={"limit": 200} | extra)).text for extra in instants]
    assert [contact["value"] in text for text in texts] == [False, True]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({}, ""),
        ({"value": None}, "/value"),
        ({"value": "nowhere"}, "/value"),
        ({"channel": "phone"}, "/value"),
        ({"known_on": None}, "/known_on"),
        ({"ended_on": "2001-01-01"}, "/ended_on"),
    ],
)
async def test_bad_corrections_are_422(registry: ServiceClient, given: dict[str, Any], pointer: str) -> None:
    refused = await change(registry, await add(registry), "corrections", **given)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_verifying_makes_an_old_contact_fresh(registry: ServiceClient, session_for: SessionFor) -> None:
    contact = await add(registry, known_on="2023-01-01")
    assert contact["freshness"] == "stale"
    answer = await change(registry, contact, "verification", verified_on=str(today()), how="read_its_page")
    assert answer.status_code == 200, answer.text
    verified = answer.json()
    assert (verified["freshness"], verified["verified_how"]) == ("fresh", "read_its_page")
    assert verified["source"] == contact["source"]
    session = await session_for("registry")
    types = await session.scalars(select(Change.type).where(Change.state.contains(contact["id"])))
    assert sorted(types.all()) == [ContactChanged.type, ContactVerified.type]
    yesterday = str(today() - timedelta(days=1))
    earlier = await change(registry, contact, "verification", verified_on=yesterday, how="was_answered")
    assert earlier.json()["errors"][0]["pointer"] == "/verified_on"


async def test_a_closed_contact_is_history(registry: ServiceClient) -> None:
    contact = await add(registry, known_on="2026-01-01")
    answer = await change(registry, contact, "ending", ended_on="2026-02-01")
    assert answer.json()["ended_on"] == "2026-02-01"
    listed = f"{BOARD}/contacts"
    shown = [
        contact["id"] in (await registry.get(f"{listed}?limit=200{extra}")).text
        for extra in ("", "&ended=true", "&as_of=2026-02-01", "&as_of=2026-02-02", "&as_of=2025-12-31")
    ]
    assert shown == [False, True, True, False, False]
    for act, given in (("ending", {"ended_on": "2026-03-01"}), ("verification", VERIFIED)):
        refused = await change(registry, contact, act, **given)
        assert (refused.status_code, refused.json()["code"]) == (409, "contact_ended")
    reopened = await change(registry, contact, "corrections", ended_on=None)
    assert reopened.json()["ended_on"] is None


VERIFIED = {"verified_on": str(today()), "how": "was_answered"}


async def test_changes_need_scope_right_and_version(registry: ServiceClient, session_for: SessionFor) -> None:
    contact = await add(registry)
    path, given = f"/v1/contacts/{contact['id']}/verification", {**WHY, **VERIFIED}
    assert (await registry.post(path, json=given)).status_code == 401
    assert (await knocker(registry).post(path, json=given)).json()["code"] == "scope_missing"
    assert (await steward(registry).post(path, json=given)).json()["code"] == "version_required"
    stale = {"If-Match": f'"{contact["version"] - 1}"'}
    assert (await steward(registry).post(path, json=given, headers=stale)).json()["code"] == "version_stale"
    other = (await registry.get("/v1/footprints/ods:QWO")).json()["id"]
    theirs = steward(registry, organisation_id=other)
    refused = await theirs.post(path, json=given, headers=stale)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_body")
    refused = await theirs.post(f"{BOARD}/contacts", json=mailbox(), headers=stale)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_your_body")


async def test_a_boards_stewards_write_for_their_members(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    board = (await registry.get(BOARD)).json()["id"]
    session = await session_for("registry")
    member = select(Relation.from_id).join(Body, Body.id == Relation.from_id)
    trust = await session.scalar(
        member.where(Relation.to_id == board, Relation.kind == "member_of", Body.kind == "nhs_trust").limit(1)
    )
    path = f"/v1/organisations/{trust}"
    made = await steward(registry, organisation_id=board).post(
        f"{path}/contacts", json=mailbox(), headers=await version_of(registry, path)
    )
    assert made.status_code == 201, made.text


async def test_an_earlier_form_is_no_contact_of_its_own(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    contact = await add(registry)
    await change(registry, contact, "corrections", hours="always")
    session = await session_for("registry")
    form = await session.scalar(select(Contact.id).where(Contact.earlier_form_of == contact["id"]))
    assert (await registry.get(f"/v1/contacts/{form}")).status_code == 404
    assert (await registry.get(f"/v1/contacts/{new_id()}")).status_code == 404
    before = str(today() - timedelta(days=1))
    assert (await registry.get(f"/v1/contacts/{contact['id']}?as_of={before}")).status_code == 404


async def test_a_closed_body_has_no_new_contact_today(registry: ServiceClient) -> None:
    path = "/v1/footprints/ods:QNQ"
    headers = await version_of(registry, path)
    refused = await steward(registry).post(f"{path}/contacts", json=mailbox(), headers=headers)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/known_on")
    contact = await add(registry, path, known_on="2026-03-01")
    refused = await change(registry, contact, "corrections", known_on="2026-04-01")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/known_on")


async def test_what_never_was_a_contact_is_withdrawn(registry: ServiceClient) -> None:
    office, person = await add(registry), await add(registry, is_personal=True)
    before = {"known_at": now().isoformat()}
    for contact, then in ((office, office["value"]), (person, "(forgotten)")):
        path = f"/v1/contacts/{contact['id']}"
        assert (await change(registry, contact, "withdrawal")).json()["value"] == then
        assert (await registry.get(path)).status_code == 404
        assert (await registry.get(path, params=before)).json()["value"] == then
        listed = (await registry.get(f"{BOARD}/contacts?limit=200&ended=true")).text
        assert contact["id"] not in listed
        refused = await steward(registry).post(
            f"{path}/withdrawal", json=WHY, headers=await version_of(registry, BOARD)
        )
        assert refused.status_code == 404


async def test_whose_contact_it_was_is_forgotten_from_before_it_was_noticed(registry: ServiceClient) -> None:
    contact = await add(registry)
    before = {"known_at": now().isoformat()}
    noticed = await change(registry, contact, "corrections", is_personal=True)
    assert noticed.status_code == 200, noticed.text
    assert (await change(registry, contact, "withdrawal")).json()["value"] == "(forgotten)"
    then = await registry.get(f"/v1/contacts/{contact['id']}", params=before)
    assert (then.status_code, then.json()["value"]) == (200, "(forgotten)")
