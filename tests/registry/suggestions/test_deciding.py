"""Stewards take suggestions up or refuse them, each once."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select

from services.registry.models import Appointment
from services.registry.suggestions.models import Suggestion
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.appointments.scene import PAGE, act_on, ago, appointed, refusal
from tests.registry.stakeholders.scene import operator, steward_of
from tests.registry.suggestions.scene import BOARD, OTHER_BOARD, WHY, a_leader, became, decide, suggested


async def test_a_leader_is_taken_up_as_suggested(registry: ServiceClient) -> None:
    steward = operator(registry)
    body = a_leader()
    made = await suggested(registry, **body)
    answer = await decide(steward, made, "acceptance")
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["state"], found["version"], answer.headers["ETag"]) == ("accepted", 1, '"1"')
    assert f"{found['result']}/withdrawal" in found["message"]
    leader = (await registry.get(found["result"])).json()
    assert (leader["holder"], leader["role"], leader["source"]) == ("Robin Latch", body["role"], PAGE)
    came = await became(registry, made)
    assert (came["state"], came["result"], came["reason"]) == (
        "accepted",
        found["result"],
        WHY["reason"],
    )
    assert "Latch" not in str(came)
    ended = await act_on(steward, leader["id"], "ending", held_to=ago(0))
    assert ended.status_code == 200, ended.text


async def test_a_steward_may_correct_while_taking_up(registry: ServiceClient) -> None:
    made = await suggested(registry, what="leader", value="Robin Latch, she is the new boss")
    missing = await decide(operator(registry), made, "acceptance")
    assert refusal(missing) == (422, "not_as_suggested")
    assert {each["pointer"] for each in missing.json()["errors"]} == {"/source"}
    role = a_leader()["role"]
    missing = await decide(operator(registry), made, "acceptance", source=PAGE)
    assert missing.json()["errors"][0]["pointer"] == "/leader/role"
    leader = {"role": role, "holder": "Robin Latch", "status": "interim", "held_from": ago(30)}
    answer = await decide(operator(registry), made, "acceptance", source=PAGE, leader=leader)
    assert answer.json()["state"] == "corrected", answer.text
    found = (await registry.get(answer.json()["result"])).json()
    assert {name: found[name] for name in leader} == leader
    assert (await became(registry, made))["message"] == "A steward accepted it with corrections."


async def test_a_vacancy_can_come_of_a_suggestion(registry: ServiceClient) -> None:
    made = await suggested(registry, **a_leader(value="nobody any more"))
    answer = await decide(operator(registry), made, "acceptance", leader={"status": "vacant"})
    assert (await registry.get(answer.json()["result"])).json()["holder"] is None


async def test_a_contact_is_taken_up(registry: ServiceClient) -> None:
    value = f"hello-{new_id()}@board.example"
    made = await suggested(registry, what="contact", value=value, channel="email", source_url=PAGE)
    missing = await decide(operator(registry), made, "acceptance")
    assert missing.json()["errors"][0]["pointer"] == "/contact/purpose"
    answer = await decide(operator(registry), made, "acceptance", contact={"purpose": "enquiries"})
    assert answer.status_code == 200, answer.text
    found = (await registry.get(answer.json()["result"])).json()
    assert (found["value"], found["channel"], found["purpose"]) == (value, "email", "enquiries")
    assert answer.json()["state"] == "corrected"
    again = await suggested(
        registry, what="contact", value=value, channel="email", purpose="enquiries", source_url=PAGE
    )
    assert refusal(await decide(operator(registry), again, "acceptance")) == (409, "contact_known")
    assert (await became(registry, again))["state"] == "waiting"


async def test_a_value_that_its_channel_cannot_have_is_not_taken_up(registry: ServiceClient) -> None:
    made = await suggested(registry, what="contact", value="ring them up", source_url=PAGE)
    contact = {"channel": "phone", "purpose": "enquiries"}
    refused = await decide(operator(registry), made, "acceptance", contact=contact)
    assert refusal(refused) == (422, "not_as_suggested")
    assert "ring them up" not in refused.text


@pytest.mark.parametrize("what", ["name", "healthwatch", "footprint", "other"])
async def test_what_makes_no_fact_is_taken_up_by_hand(registry: ServiceClient, what: str) -> None:
    made = await suggested(registry, what=what, value="It is called something else.")
    answer = await decide(operator(registry), made, "acceptance", source="our own records")
    assert (answer.json()["state"], answer.json()["result"]) == ("accepted", None)
    assert "Nothing public has changed" in answer.json()["message"]


async def test_corrections_of_another_kind_are_refused(registry: ServiceClient) -> None:
    made = await suggested(registry)
    contact = {"purpose": "enquiries"}
    refused = await decide(operator(registry), made, "acceptance", contact=contact)
    assert refused.json()["errors"][0]["pointer"] == "/contact"


async def test_rules_of_appointments_hold_for_suggestions(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    steward = operator(registry)
    present = await appointed(steward, BOARD)
    made = await suggested(registry, **a_leader(role=present["role"]))
    assert refusal(await decide(steward, made, "acceptance")) == (409, "role_held")
    unpublished = await suggested(registry, what="leader", value="Robin Latch", role="chair of something")
    refused = await decide(steward, unpublished, "acceptance", source="somebody told me")
    assert refusal(refused) == (422, "publication_required")
    long = await suggested(registry, **a_leader(value="a name " * 50))
    refused = await decide(steward, long, "acceptance")
    assert refused.json()["errors"][0]["pointer"] == "/leader/holder"
    # What was refused left nothing behind.
    session = await session_for("registry")
    states = [(await session.get_one(Suggestion, each["id"])).state for each in (made, unpublished, long)]
    assert states == ["waiting"] * 3
    accepted = await decide(steward, made, "acceptance", leader={"ends_present": True, "held_from": ago(1)})
    assert accepted.status_code == 200, accepted.text


async def test_a_refusal_is_answered_with_its_reason(registry: ServiceClient) -> None:
    made = await suggested(registry)
    answer = await decide(operator(registry), made, "refusal", reason="She left in May.")
    assert (answer.json()["state"], answer.json()["result"]) == ("refused", None)
    found = await became(registry, made)
    assert (found["state"], found["reason"]) == ("refused", "She left in May.")
    assert found["decided_at"].endswith("Z")


@pytest.mark.parametrize("how", ["acceptance", "refusal"])
async def test_nobody_decides_twice(registry: ServiceClient, how: str) -> None:
    made = await suggested(registry)
    await decide(operator(registry), made, "refusal")
    assert refusal(await decide(operator(registry), made, how)) == (409, "already_decided")


async def test_of_two_stewards_at_once_one_decides(registry: ServiceClient, session_for: SessionFor) -> None:
    body = a_leader()
    made = await suggested(registry, **body)
    steward = operator(registry)
    answers = await asyncio.gather(*(decide(steward, made, "acceptance") for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    session = await session_for("registry")
    wanted = select(func.count()).where(Appointment.role == body["role"])
    assert await session.scalar(wanted) == 1


async def test_a_decision_names_the_version_that_was_read(registry: ServiceClient) -> None:
    made = await suggested(registry)
    path = f"/v1/suggestions/{made['id']}/refusal"
    steward = operator(registry)
    assert (await steward.post(path, json=WHY)).json()["code"] == "version_required"
    stale = await steward.post(path, json=WHY, headers={"If-Match": '"7"'})
    assert refusal(stale) == (412, "version_stale")
    tag = (await steward.get(f"/v1/suggestions/{made['id']}")).headers["ETag"]
    assert (await steward.post(path, json=WHY, headers={"If-Match": tag})).status_code == 200


async def test_stewards_of_a_board_see_theirs_alone(registry: ServiceClient) -> None:
    ours = await suggested(registry, BOARD)
    theirs = await suggested(registry, OTHER_BOARD)
    of_trust = await suggested(registry, "/v1/organisations/ods:RX6", **a_leader())
    steward = await steward_of(registry, "ods:QHM")
    listed = await every(steward)
    assert {theirs["id"], of_trust["id"]} <= listed
    assert ours["id"] not in listed
    assert ours["id"] not in await every(steward, footprint="ods:QWO")
    assert {ours["id"], theirs["id"]} <= await every(operator(registry))
    assert ours["id"] in await every(operator(registry), footprint="ods:QWO", state="waiting")
    assert ours["id"] not in await every(operator(registry), state="refused")
    for answer in (
        await steward.get(f"/v1/suggestions/{ours['id']}"),
        await decide(steward, ours, "acceptance"),
        await decide(steward, ours, "refusal"),
    ):
        assert refusal(answer) == (404, "not_found")
        assert "Latch" not in answer.text


async def every(client: ServiceClient, **query: Any) -> set[str]:
    """Return the ids of all suggestions in a list."""
    path: str | None = "/v1/suggestions"
    found: set[str] = set()
    answer = await client.get("/v1/suggestions", params={"limit": 200, **query})
    while path:
        assert answer.status_code == 200, answer.text
        found |= {each["id"] for each in answer.json()["items"]}
        if path := answer.json()["next"]:
            answer = await client.get(path)
    return found


async def test_readers_of_the_registry_see_no_suggestion(registry: ServiceClient) -> None:
    made = await suggested(registry)
    reader = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    for path in ("/v1/suggestions", f"/v1/suggestions/{made['id']}"):
        assert refusal(await registry.get(path)) == (401, "key_required")
        assert refusal(await reader.get(path)) == (403, "scope_missing")
    nobodys = registry.as_(client_id=new_id(), scopes=["registry:write"])
    assert await every(nobodys) == set()
