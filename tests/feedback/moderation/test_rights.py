"""Who may do what with somebody's words: attempts with the keys of two trusts, a charity and the operator."""

import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from shared.ids import new_id
from tests.feedback.examples import ACTOR, ClientOf, a_footprint, a_trust, give_feedback, tell
from tests.fixtures.clients import ServiceClient

EVERYTHING = ("feedback:read", "feedback:write", "feedback:identify", "sources:manage")
BODIES: dict[str, Any] = {
    "moderation": {"action": "withhold", "reason": "It harms us."},
    "read": None,
    "themes": {"themes": []},
    "withdrawal": None,
    "erasure": {"reason": "It harms us."},
}


async def attempt(client: ServiceClient, told: dict[str, Any], name: str, **headers: str) -> Any:
    """Try a step on the first version."""
    path = f"/v1/feedback/{told['id']}/{name}"
    return await client.post(path, json=BODIES[name], headers={"If-Match": '"1"'} | headers)


@pytest.fixture
async def trust_is_known(service: ServiceClient) -> UUID:
    """A trust whose name the service knows."""
    trust = a_trust(name="Walrus Trust (invented)")
    await tell(service, trust)
    return trust.organisation_id


@pytest.mark.parametrize("name", BODIES)
async def test_no_step_without_a_named_person(
    trust: ServiceClient, partner: ServiceClient, trust_id: UUID, name: str
) -> None:
    told = await give_feedback(partner, trust_id)
    who = partner if name in ("withdrawal", "erasure") else trust
    unnamed = await attempt(who, told, name)
    product = await attempt(who, told, name, **{"Doorway-Actor": "DOOR-WAY; role=moderator"})
    rule = await attempt(who, told, name, **{"Doorway-Actor": "jd-17; role=Rule."})
    for refused in (unnamed, product, rule):
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (
            422,
            "/headers/Doorway-Actor",
        )
    assert (await trust.get(f"/v1/feedback/{told['id']}")).json()["version"] == 1


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("versions", ["*", '"1", "2", "3"'])
async def test_no_step_on_words_that_nobody_has_read(
    trust: ServiceClient, partner: ServiceClient, trust_id: UUID, name: str, versions: str
) -> None:
    told = await give_feedback(partner, trust_id, external_id="r-1")
    await give_feedback(partner, trust_id, external_id="r-1", text="Other words.")
    who = partner if name in ("withdrawal", "erasure") else trust
    refused = await attempt(who, told, name, **ACTOR | {"If-Match": versions})
    found = (refused.status_code, refused.json()["errors"][0]["pointer"])
    assert found == (422, "/headers/If-Match")
    assert (await trust.get(f"/v1/feedback/{told['id']}")).json()["version"] == 2


async def test_a_body_neither_withdraws_nor_erases_what_was_said_about_it(
    client_of: ClientOf, partner: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(partner, trust_id, kind="complaint")
    body = client_of(trust_id, *EVERYTHING)
    withdrawn = await attempt(body, told, "withdrawal", **ACTOR)
    erased = await attempt(body, told, "erasure", **ACTOR)
    assert (withdrawn.status_code, withdrawn.json()["code"]) == (403, "not_yours_to_withdraw")
    assert (erased.status_code, erased.json()["code"]) == (403, "scope_missing")
    assert (await body.get(f"/v1/feedback/{told['id']}")).json()["state"] == "received"


async def test_a_body_that_sent_it_itself_does_not_withdraw_it_either(
    trust: ServiceClient, trust_id: UUID
) -> None:
    told = await give_feedback(trust, trust_id)
    assert (await attempt(trust, told, "withdrawal", **ACTOR)).json()["code"] == "not_yours_to_withdraw"
    assert (await attempt(trust, told, "erasure", **ACTOR)).json()["code"] == "scope_missing"


@pytest.mark.parametrize("kind", ["organisation", "footprint"])
async def test_a_body_that_sent_it_does_not_move_it_to_another_to_take_it_back(
    service: ServiceClient, client_of: ClientOf, kind: str
) -> None:
    board, other = a_footprint(), a_trust()
    own = a_trust(footprint_id=board.footprint_id)
    await tell(service, board, other, own)
    body, field = (
        (own.organisation_id, {"organisations": [str(own.organisation_id)]})
        if kind == "organisation"
        else (board.footprint_id, {"organisations": [], "footprint": str(board.footprint_id)})
    )
    client = client_of(body)
    await give_feedback(client, body, external_id="r-1", **field)
    moved = await give_feedback(client, other.organisation_id, external_id="r-1")
    assert moved["organisation_ids"] == [str(other.organisation_id), str(body)]
    again = await give_feedback(client, other.organisation_id, external_id="r-1", text="Better.")
    assert (again["outcome"], again["organisation_ids"]) == ("revision", moved["organisation_ids"])
    assert (await attempt(client, again, "withdrawal", **ACTOR)).json()["code"] == "not_yours_to_withdraw"
    assert (await attempt(client, again, "erasure", **ACTOR)).json()["code"] == "scope_missing"
    assert (await attempt(client, again, "moderation", **ACTOR)).json()["code"] == "sender_moderates"


async def test_others_correct_whom_their_words_are_about(
    partner: ServiceClient, trust_id: UUID, service: ServiceClient
) -> None:
    other = a_trust()
    await tell(service, other)
    await give_feedback(partner, trust_id, external_id="r-1")
    moved = await give_feedback(partner, other.organisation_id, external_id="r-1")
    assert moved["organisation_ids"] == [str(other.organisation_id)]


async def test_erasure_needs_a_reason(client_of: ClientOf, partner: ServiceClient, trust_id: UUID) -> None:
    told = await give_feedback(partner, trust_id)
    eraser = client_of(trust_id, "feedback:read", "feedback:erase")
    path, headers = f"/v1/feedback/{told['id']}/erasure", {"If-Match": '"1"', **ACTOR}
    answer = await eraser.post(path, json={}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/reason")


async def test_a_body_that_erases_is_named_as_who_did_it(
    service: ServiceClient,
    client_of: ClientOf,
    partner: ServiceClient,
    trust_is_known: UUID,
    feedback_db: str,
) -> None:
    told = await give_feedback(partner, trust_is_known)
    eraser = client_of(trust_is_known, "feedback:read", "feedback:erase")
    reason = {"reason": "It names Mr Smith."}
    headers = {"If-Match": '"1"', **ACTOR}
    await eraser.post(f"/v1/feedback/{told['id']}/erasure", json=reason, headers=headers)
    looked_up = await service.post("/v1/replies/lookup", json={"reply_code": told["reply_code"]})
    last, message = looked_up.json()["steps"][-1], looked_up.json()["message"]
    assert (last["what"], last["by"]) == ("erased", "Walrus Trust (invented), which it was about")
    assert last["reason"] == "It names Mr [name]."
    assert (
        message == "Everything personal about it was erased by Walrus Trust (invented), which it was about."
    )
    shown = (await partner.get(f"/v1/feedback/{told['id']}")).json()
    assert (shown["erased_by"], shown["erased_by_id"]) == ("body", str(trust_is_known))
    handled = (await handlings(feedback_db, told["id"]))[-1]
    assert (handled["action"], handled["actor"]) == ("feedback_erased", "jd-17")
    assert handled["organisation_id"] == str(trust_is_known)


@pytest.mark.parametrize("name", ["withdrawal", "erasure"])
async def test_a_sender_that_takes_it_back_is_named(
    service: ServiceClient, partner: ServiceClient, trust_id: UUID, name: str
) -> None:
    told = await give_feedback(partner, trust_id)
    assert (await attempt(partner, told, name, **ACTOR)).status_code == 200
    looked_up = await service.post("/v1/replies/lookup", json={"reply_code": told["reply_code"]})
    assert looked_up.json()["steps"][-1]["by"] == "the organisation that sent it"


async def test_the_person_reads_you_and_it_is_audited(
    service: ServiceClient, partner: ServiceClient, trust_id: UUID, feedback_db: str
) -> None:
    told = await give_feedback(partner, trust_id)
    wish = {"reply_code": told["reply_code"], "erase": True}
    answer = (await service.post("/v1/replies/withdraw", json=wish)).json()
    assert [(each["what"], each["by"]) for each in answer["steps"][-2:]] == [
        ("withdrawn", "with the reply code"),
        ("erased", "with the reply code"),
    ]
    assert answer["message"] == "Everything personal about it was erased with the reply code."
    audit = await handlings(feedback_db, told["id"])
    assert [(each["action"], each["actor"], each["organisation_id"]) for each in audit] == [
        ("feedback_withdrawn", None, None),
        ("feedback_erased", None, None),
    ]


@pytest.mark.parametrize("name", ["moderation", "read", "themes"])
async def test_a_sender_that_names_itself_beside_a_trust_does_not_moderate(
    service: ServiceClient, client_of: ClientOf, trust: ServiceClient, trust_id: UUID, name: str
) -> None:
    charity = a_trust(kind="voluntary")
    await tell(service, charity)
    sender = client_of(charity.organisation_id)
    bodies = [str(trust_id), str(charity.organisation_id)]
    told = await give_feedback(sender, trust_id, organisations=bodies)
    refused = await attempt(sender, told, name, **ACTOR)
    assert (refused.status_code, refused.json()["code"]) == (403, "sender_moderates")
    assert (await attempt(sender, told, "withdrawal", **ACTOR)).status_code == 403
    assert (await attempt(trust, told, name, **ACTOR)).status_code == 200


async def test_a_sender_that_names_a_footprint_which_it_is_not_in_does_not_moderate(
    service: ServiceClient, client_of: ClientOf
) -> None:
    board = a_footprint()
    charity = a_trust(kind="voluntary")
    await tell(service, board, charity)
    sender = client_of(charity.organisation_id)
    told = await give_feedback(sender, charity.organisation_id, footprint=str(board.footprint_id))
    assert (await attempt(sender, told, "moderation", **ACTOR)).json()["code"] == "sender_moderates"


async def test_a_body_moderates_what_its_own_survey_says_of_it_alone_and_that_shows(
    service: ServiceClient, client_of: ClientOf
) -> None:
    board = a_footprint()
    trust = a_trust(footprint_id=board.footprint_id)
    await tell(service, board, trust)
    own = client_of(trust.organisation_id)
    told = await give_feedback(own, trust.organisation_id, footprint=str(board.footprint_id))
    path = f"/v1/feedback/{told['id']}/moderation"
    headers = {"If-Match": '"1"', **ACTOR}
    published = await own.post(path, json={"action": "publish"}, headers=headers)
    assert published.status_code == 200, published.text
    assert (await service.get(f"/v1/feedback/{told['id']}")).json()["sent_by_body"] is True


@pytest.mark.parametrize("name", ["moderation", "erasure"])
async def test_the_operator_moderates_and_erases_and_is_named(
    service: ServiceClient, client_of: ClientOf, partner: ServiceClient, trust_id: UUID, name: str
) -> None:
    told = await give_feedback(partner, trust_id)
    scopes = ("operator", "feedback:read", "feedback:write", "feedback:erase")
    operator = client_of(new_id(), *scopes)
    assert (await attempt(operator, told, name, **ACTOR)).status_code == 200
    looked_up = await service.post("/v1/replies/lookup", json={"reply_code": told["reply_code"]})
    assert looked_up.json()["steps"][-1]["by"] == "the operator of Doorway"


@pytest.mark.parametrize("name", BODIES)
async def test_a_foreign_trust_gets_nowhere(
    client_of: ClientOf, partner: ServiceClient, trust_id: UUID, name: str
) -> None:
    told = await give_feedback(partner, trust_id)
    foreign = client_of(new_id(), *EVERYTHING, "feedback:erase")
    assert (await attempt(foreign, told, name, **ACTOR)).status_code == 404
    original = await foreign.get(f"/v1/feedback/{told['id']}/original", headers=ACTOR)
    assert original.status_code == 404


async def test_every_step_of_moderation_is_audited_for_all_whom_it_concerns(
    client_of: ClientOf, service: ServiceClient, trust_id: UUID, feedback_db: str
) -> None:
    sender_id = new_id()
    told = await give_feedback(client_of(sender_id), trust_id)
    reader = client_of(trust_id, *EVERYTHING)
    path = f"/v1/feedback/{told['id']}"
    assert (await reader.get(f"{path}/original", headers=ACTOR)).status_code == 200
    for name in ("read", "themes", "moderation"):
        version = (await reader.get(path)).json()["version"]
        headers = {"If-Match": f'"{version}"', **ACTOR}
        assert (await reader.post(f"{path}/{name}", json=BODIES[name], headers=headers)).status_code == 200
    audit = await handlings(feedback_db, told["id"])
    actions = ["original_read", "feedback_read", "feedback_labelled", "feedback_withheld"]
    assert [each["action"] for each in audit] == actions
    for each in audit:
        assert (each["actor"], each["role"], each["organisation_id"]) == ("jd-17", "moderator", str(trust_id))
        assert each["organisations"] == [str(trust_id), str(sender_id)]


async def handlings(database: str, feedback_id: str) -> list[dict[str, Any]]:
    """What was saved for the audit about a piece of feedback, oldest first."""
    connection = await asyncpg.connect(database)
    try:
        rows = await connection.fetch(
            "SELECT body FROM outbox WHERE type = 'feedback.handled.v1' ORDER BY position"
        )
    finally:
        await connection.close()
    found = [json.loads(row["body"])["data"] for row in rows]
    return [
        {"actor": None, "organisation_id": None} | each for each in found if each["subject_id"] == feedback_id
    ]
