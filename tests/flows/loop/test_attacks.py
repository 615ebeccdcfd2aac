"""Attempts to silence, expose and judge oneself: by two trusts, a charity, a verifier, and without a key."""

from collections.abc import Iterator
from typing import Any

import pytest
from httpx2 import Response

from deploy.story.caller import Caller, JsonObject, wait_for
from deploy.story.cast import Cast, make_client_key, register_body
from tests.flows.loop.test_guards import PHOTO, YES, Desk, Play, desk

__all__ = ["desk"]

WORDS = "Ring me on 07700 900123, said Mr Smith of NE1 4LP, NHS 943 476 5919, jo@example.org."
PERSONAL = ("07700", "Smith", "NE1 4LP", "943 476", "jo@example.org")
EVERY_SCOPE = [
    *("registry:read", "feedback:read", "feedback:write", "feedback:identify", "feedback:erase"),
    *("loop:read", "loop:write", "loop:raise", "loop:verify"),
]
REASON = "The person asked the ward for this in writing."
ACTOR = {"Doorway-Actor": "quiet-1; role=head of complaints"}


@pytest.fixture(scope="module")
def other_trust(cast: Cast) -> Iterator[Caller]:
    """A second trust, with every scope that a trust may have."""
    body = register_body(cast.steward, {"name": "Second Trust (invented)", "kind": "nhs_trust"})
    cast.ids["other_organisation"] = body["id"]
    key = make_client_key(cast.admin, body["id"], "complaints", "second trust", EVERY_SCOPE)
    caller = Caller(cast.gateway_url, key, ACTOR["Doorway-Actor"])
    yield caller
    caller.close()


@pytest.fixture(scope="module")
def silencer(cast: Cast) -> Iterator[Caller]:
    """A key of the trust that people complain about, with every scope but that of an eraser."""
    scopes = [scope for scope in EVERY_SCOPE if scope != "feedback:erase"]
    key = make_client_key(cast.admin, cast.ids["trust_organisation"], "complaints", "silencer", scopes)
    caller = Caller(cast.gateway_url, key, ACTOR["Doorway-Actor"])
    yield caller
    caller.close()


@pytest.fixture
def said(cast: Cast) -> JsonObject:
    """What a person said about the trust through the charity's app."""
    given = {"kind": "comment", "text": WORDS, "organisations": [cast.ids["trust_organisation"]]}
    return cast.partner.post("/v1/feedback", given | {"permissions": {"publish": "yes"}})


def refusal(caller: Caller, path: str, body: object = None, version: int = 1) -> tuple[int, str]:
    """Status and code of a request that is refused."""
    answer = caller.send("POST", path, json=body or {}, headers={"If-Match": f'"{version}"'})
    assert answer.is_error, answer.text
    return answer.status_code, answer.json()["code"]


def test_the_body_complained_about_can_neither_withdraw_nor_erase(
    silencer: Caller, cast: Cast, said: JsonObject
) -> None:
    path = f"/v1/feedback/{said['id']}"
    assert refusal(silencer, f"{path}/withdrawal") == (403, "not_yours_to_withdraw")
    assert refusal(silencer, f"{path}/erasure", {"reason": REASON}) == (403, "scope_missing")
    assert cast.partner.get(path)["state"] == "received"


def test_another_trust_and_nobody_reach_no_words(other_trust: Caller, cast: Cast, said: JsonObject) -> None:
    path = f"/v1/feedback/{said['id']}"
    for step in ("withdrawal", "erasure", "moderation"):
        body = {"action": "withhold", "reason": REASON} if step == "moderation" else {"reason": REASON}
        assert refusal(other_trust, f"{path}/{step}", body) == (404, "not_found")
        assert refusal(cast.anybody, f"{path}/{step}", body)[0] == 401
    assert other_trust.send("GET", f"{path}/original").status_code == 404
    assert cast.anybody.send("GET", path).status_code == 404


def test_a_sender_does_not_moderate_its_own_words(cast: Cast) -> None:
    ids = [cast.ids["trust_organisation"], cast.ids["partner_organisation"]]
    told = cast.partner.post(
        "/v1/feedback", {"kind": "comment", "text": "The best charity.", "organisations": ids}
    )
    key = make_client_key(cast.admin, ids[1], "desk", "desk", ["feedback:read", "feedback:write"])
    desk_of_charity = Caller(cast.gateway_url, key, "vol-1; role=volunteer")
    path = f"/v1/feedback/{told['id']}/moderation"
    assert refusal(desk_of_charity, path, {"action": "publish"}) == (403, "sender_moderates")
    desk_of_charity.close()


@pytest.mark.parametrize("actor", [None, "doorway; role=lead", "DoorWay ; role=lead", "jd-1; role=Rule"])
def test_nobody_moderates_without_a_name_or_under_the_products(
    silencer: Caller, said: JsonObject, actor: str | None
) -> None:
    nameless = Caller(str(silencer.client.base_url), silencer.key, None)
    headers = {"If-Match": '"1"'} | ({"Doorway-Actor": actor} if actor else {})
    path = f"/v1/feedback/{said['id']}/moderation"
    answer = nameless.client.post(path, json={"action": "publish"}, headers=headers)
    nameless.close()
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/headers/Doorway-Actor")


def test_personal_data_shows_nowhere(cast: Cast, silencer: Caller, desk: Desk, said: JsonObject) -> None:
    about, told = cast.ids["trust_organisation"], said
    assert told["masked"][0]["field"] == "text"
    path = f"/v1/feedback/{told['id']}"
    published = silencer.post(f"{path}/moderation", {"action": "publish"}, version=1)
    draft = {
        "title": f"About {WORDS}",
        "you_said": WORDS,
        "organisation": about,
        "feedback_ids": [told["id"]],
    }
    play = Play(desk, desk.lead.post("/v1/loops", draft)).take(desk.lead, "loop:opening", {"moderated": True})
    pages: list[Any] = [published, cast.anybody.get(path)]
    pages += [cast.anybody.get(f"/v1/loops/{play.loop['id']}{page}") for page in ("", "/timeline")]
    pages += [
        cast.anybody.send("GET", f"/v1/board{page}", params={"organisation": about}).text for page in FEEDS
    ]
    for page in pages:
        assert [word for word in PERSONAL if word in str(page)] == []


FEEDS = ("", ".atom", ".json")


def test_two_teams_of_a_body_do_not_make_it_independent(cast: Cast, desk: Desk) -> None:
    play = desk.draft().claimed()
    trust = cast.ids["trust_organisation"]
    spelt = make_client_key(
        cast.admin, trust, "ＥＳＴＡＴＥＳ", "again", ["loop:read", "loop:write", "loop:verify"]
    )
    twin = Caller(cast.gateway_url, spelt, "ESTATES-1; role=auditor")
    assert play.refused(twin, "shown:verification", YES) == (403, "self_verification")
    twin.close()
    play.take(desk.quality, "shown:verification", YES)
    assert cast.anybody.get(f"/v1/loops/{play.loop['id']}")["judged_by"] == "the_body_itself"


def test_another_organisation_judges_and_that_shows(cast: Cast, desk: Desk) -> None:
    play = desk.draft().claimed().take(cast.verifier, "shown:verification", YES)
    assert cast.anybody.get(f"/v1/loops/{play.loop['id']}")["judged_by"] == "another_organisation"


def test_invented_evidence_is_nothing_to_look_at(desk: Desk) -> None:
    play = desk.draft().accepted()
    for shown in (
        {"kind": "observation", "description": "It is warm now.", "observed_on": "2026-10-01"},
        {**PHOTO, "content": None, "sha256": "0" * 64},
        {
            "kind": "link",
            "description": "The page.",
            "url": "https://trust.example/",
            "observed_on": "2026-10-01",
        },
    ):
        assert play.refused(desk.estates, "promise:evidence", shown) == (422, "nothing_to_look_at")


def test_a_body_answers_only_for_what_is_about_it(cast: Cast, desk: Desk, other_trust: Caller) -> None:
    about = [cast.ids["other_organisation"]]
    given = {"kind": "comment", "text": "Their ward was cold.", "organisations": about}
    theirs = cast.partner.post("/v1/feedback", given | {"permissions": {"publish": "yes"}})
    other_trust.post(f"/v1/feedback/{theirs['id']}/moderation", {"action": "publish"}, version=1)
    draft = {"title": "Wards", "you_said": "Cold.", "feedback_ids": [theirs["id"]]}
    refused = draft_when_known(desk.lead, draft | {"organisation": cast.ids["trust_organisation"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "feedback_about_others")


def draft_when_known(caller: Caller, draft: JsonObject) -> Response:
    """Draft a loop when its feedback has reached the loop service."""

    def answered() -> Response | None:
        answer = caller.send("POST", "/v1/loops", json=draft)
        return None if answer.json().get("code") == "not_here_yet" else answer

    return wait_for("the feedback in the loop service", answered)


def test_whoever_reads_the_original_stands_in_the_audit(
    cast: Cast, silencer: Caller, said: JsonObject
) -> None:
    assert silencer.send("GET", f"/v1/feedback/{said['id']}/original").status_code == 200

    def audited() -> list[JsonObject]:
        rows: list[JsonObject] = cast.admin.get("/v1/audit", limit=100)["items"]
        return [row for row in rows if said["id"] in str(row) and "original_read" in str(row)]

    [row] = wait_for("the row of the audit", audited)
    assert "quiet-1" in str(row)
