"""Telling and verdicts through the gateway: each guard refused with its code, and passed when satisfied."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from deploy.story.caller import Caller, JsonObject, wait_for
from deploy.story.cast import Cast
from shared.ids import new_id
from tests.flows.loop.test_guards import DECLINE, WRITE

TOGETHER = {"held_on": "2026-10-01", "way": "meeting of the patients' panel", "people": 12}


@pytest.fixture
def lead(cast: Cast) -> Iterator[Caller]:
    """The trust's team that works on loops."""
    made = {"organisation": cast.ids["trust_organisation"], "team": "access", "name": "access"}
    key = cast.admin.post("/v1/clients", made | {"scopes": WRITE})["key"]
    with closing(Caller(cast.gateway_url, key, "lead-1; role=access lead")) as caller:
        yield caller


def said(cast: Cast, *, reachable: bool) -> dict[str, Any]:
    """Say something to the trust, with an address or without."""
    body: dict[str, Any] = {
        "kind": "comment",
        "text": "Too heavy.",
        "organisations": [cast.ids["trust_organisation"]],
    }
    if reachable:
        contributor = {"channel": "email", "address": f"{new_id().hex}@people.example"}
        body |= {"permissions": {"contact": "yes"}, "contributor": contributor}
    found: dict[str, Any] = cast.trust.post("/v1/feedback", body)
    return found


def declined(cast: Cast, lead: Caller, feedback: dict[str, Any]) -> dict[str, Any]:
    """Lead a loop to a no."""
    body = {"title": "Doors", "you_said": "Heavy.", "organisation": cast.ids["trust_organisation"]}
    loop = lead.post("/v1/loops", body | {"feedback_ids": [feedback["id"]]})
    path = f"/v1/loops/{loop['id']}"
    early = lead.send("POST", f"{path}/tellings", json=TOGETHER, headers={"If-Match": f'"{loop["version"]}"'})
    assert (early.status_code, early.json()["code"]) == (409, "step_not_allowed")
    preview_id = lead.get(f"{path}/tellings/preview")["preview_id"]
    heard = {"preview_id": preview_id, "moderated": True}
    loop = lead.post(f"{path}/acknowledgement", heard, version=loop["version"])
    found: dict[str, Any] = lead.post(f"{path}/decisions", DECLINE, version=loop["version"])
    assert found["state"] == "telling"
    return found


def refused(caller: Caller, path: str, body: dict[str, Any]) -> tuple[int, str]:
    """Status and code of a refusal."""
    answer = caller.send("POST", path, json=body)
    assert len(answer.json()["detail"]) > 20
    return answer.status_code, answer.json()["code"]


def test_what_is_held_is_seen_and_asks_nobody(cast: Cast, lead: Caller) -> None:
    feedback = said(cast, reachable=True)
    loop = declined(cast, lead, feedback)
    path = f"/v1/loops/{loop['id']}/tellings"

    def both_requested() -> JsonObject | None:
        found = lead.get(path)
        return found if len(found["tellings"]) > 1 else None

    seen = wait_for("tellings", both_requested)
    assert {each["people"]["shown"] for each in seen["tellings"]} == {"fewer than 5"}
    assert {each["states"] for each in seen["tellings"]} == {None}
    preview = lead.get(f"{path}/preview")
    counts = [preview[name]["shown"] for name in ("reachable", "held", "unreachable")]
    assert (preview["contributors"], counts) == (1, ["held back"] * 3)
    after = lead.post(path, TOGETHER, version=loop["version"])
    assert after["state"] == "telling"
    verdict = {"reply_code": feedback["reply_code"], "did_it_happen": "yes"}
    assert refused(cast.anybody, "/v1/replies/verdict", verdict) == (409, "verdict_not_open")
    stopped = cast.anybody.post("/v1/replies/unsubscribe", {"reply_code": feedback["reply_code"]})
    assert stopped["message"].startswith("You will get no more mail")


def test_who_cannot_be_told_alone_is_told_together_and_answers_with_a_code(cast: Cast, lead: Caller) -> None:
    feedback = said(cast, reachable=False)
    loop = declined(cast, lead, feedback)
    path, code = f"/v1/loops/{loop['id']}", feedback["reply_code"]
    loop = lead.post(f"{path}/tellings", TOGETHER, version=loop["version"])
    assert loop["state"] == "verdict_open"
    verdict = {"reply_code": code, "loop_id": loop["id"], "did_it_happen": "no", "explained_well": 4}
    given = cast.anybody.post("/v1/replies/verdict", verdict)
    assert (given["did_it_happen"], given["explained_well"], given["changed_at"]) == ("no", 4, None)
    assert cast.anybody.post("/v1/replies/verdict", verdict | {"did_it_happen": "partly"})["changed_at"]
    assert cast.anybody.get(f"{path}/verdicts")["verdicts"]["shown"] == "held back"
    # The trust itself sent it, and nobody was told at an address.
    assert lead.get(f"{path}/verdicts")["others"]["partly"]["n"] == 1
    unknown = verdict | {"loop_id": str(new_id())}
    assert refused(cast.anybody, "/v1/replies/verdict", unknown) == (422, "invalid")
    shown = wait_for("the loop", lambda: open_loop(cast, code))
    assert {"in_a_loop", "acknowledged", "decided", "told"} <= {each["what"] for each in shown["steps"]}
    assert cast.anybody.get(f"{path}/verify")["intact"]


def open_loop(cast: Cast, code: str) -> dict[str, Any] | None:
    """The loop that asks the holder of a code for a verdict, as soon as it does."""
    loops = cast.anybody.post("/v1/replies/lookup", {"reply_code": code})["loops"]
    return loops[0] if loops and loops[0]["verdict_wanted"] else None
