"""A succession through the gateway: shown, applied once, and the loops are at the heir, marked uncertain."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from deploy.story.caller import Caller, wait_for
from deploy.story.cast import Cast

SPLIT, LARGEST, OTHER = "ods:QJG", "ods:T6Y0W", "ods:D7T5G"
SUCCESSION = {"effective_on": "2026-04-01", "predecessors": [SPLIT]}
SCOPES = ["feedback:read", "feedback:write", "loop:read", "loop:write", "loop:raise"]
Boards = dict[str, Caller]


@pytest.fixture
def boards(cast: Cast) -> Iterator[Boards]:
    """Clients of a board that was split, and of the boards that took it over."""
    with ExitStack() as opened:
        found: Boards = {}
        for ref in (SPLIT, LARGEST, OTHER):
            body = cast.steward.get(f"/v1/organisations/{ref}")["id"]
            made = {"organisation": body, "team": "engagement", "name": ref, "scopes": SCOPES}
            key = cast.admin.post("/v1/clients", made)["key"]
            caller = Caller(cast.gateway_url, key, "lead-1; role=engagement lead")
            found[ref] = opened.enter_context(closing(caller))
        yield found


def opened_loop(boards: Boards) -> dict[str, Any]:
    """Open a loop of the closed board, from what was published at its heir."""
    heir, old = boards[LARGEST], boards[SPLIT]
    given = {"kind": "story", "text": "The door is too heavy.", "footprint": LARGEST}
    said = heir.post("/v1/feedback", given | {"permissions": {"publish": "yes"}})
    heir.post(f"/v1/feedback/{said['id']}/moderation", {"action": "publish"}, version=said["version"])
    body = {"title": "Doors", "you_said": "Heavy.", "footprint": SPLIT, "feedback_ids": [said["id"]]}
    loop = old.post("/v1/loops", body | {"demonstration": True})
    preview_id = old.get(f"/v1/loops/{loop['id']}/tellings/preview")["preview_id"]
    heard = {"preview_id": preview_id, "moderated": True}
    path = f"/v1/loops/{loop['id']}/acknowledgement"
    found: dict[str, Any] = old.post(path, heard, version=loop["version"])
    return found


def test_a_split_board_is_inherited_by_its_largest_heir(cast: Cast, boards: Boards) -> None:
    loop = opened_loop(boards)
    refused = boards[LARGEST].send("POST", "/v1/successions", json=SUCCESSION)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    dry = cast.steward.post("/v1/successions", SUCCESSION | {"dry_run": True}, expect=200)
    [shown] = dry["successions"]
    assert (shown["heir_uncertain"], shown["applied_at"]) == (True, None)
    assert boards[SPLIT].get(f"/v1/loops/{loop['id']}")["inherited_from"] is None
    assert cast.steward.post("/v1/successions", SUCCESSION, expect=201)["successions"][0]["applied_at"]
    again = cast.steward.send("POST", "/v1/successions", json=SUCCESSION)
    assert (again.status_code, again.json()["code"]) == (409, "already_succeeded")
    inherited = wait_for("the loop at its heir", lambda: listed(boards[LARGEST], loop["id"]))
    assert (inherited["heir_uncertain"], inherited["state"]) == (True, "acknowledged")
    assert inherited["owner_to_be_named"]
    path, heir = f"/v1/loops/{loop['id']}", boards[LARGEST]
    assert heir.get(f"{path}/verify")["intact"]
    moved = heir.post(f"{path}/consideration", version=inherited["version"])
    assert moved["state"] == "considering"
    stays_out = boards[OTHER].send(
        "POST", f"{path}/statement", json={"statement": "x"}, headers={"If-Match": f'"{moved["version"]}"'}
    )
    assert (stays_out.status_code, stays_out.json()["code"]) == (403, "not_responsible")
    board = cast.trust.get("/v1/board", footprint=SPLIT)
    assert [item["demonstration"] for item in board["items"] if item["loop_id"] == loop["id"]] == [True]
    assert board["numbers"]["loops"] == 0
    assert cast.trust.get("/v1/loops/measures", footprint=LARGEST)["opened"] == 0
    assert cast.trust.get("/v1/board/inherited", footprint=LARGEST)["items"] == []
    atom = cast.trust.send("GET", f"/v1/board.atom?footprint={LARGEST}")
    assert (atom.status_code, atom.headers["Content-Type"]) == (200, "application/atom+xml")


def listed(heir: Caller, loop_id: str) -> dict[str, Any] | None:
    """The loop as the heir's list of inherited loops shows it."""
    items = heir.get("/v1/loops", footprint=LARGEST, inherited=True)["items"]
    return next((loop for loop in items if loop["id"] == loop_id), None)
