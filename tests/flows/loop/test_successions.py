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


def opened_loop(cast: Cast, boards: Boards) -> dict[str, Any]:
    """Open a loop of the closed board, from what was published about an invented body."""
    old = boards[SPLIT]
    given = {"kind": "story", "text": "The door is too heavy.", "permissions": {"publish": "yes"}}
    said = cast.partner.post("/v1/feedback", given | {"organisations": [cast.ids["trust_organisation"]]})
    path, published = f"/v1/feedback/{said['id']}/moderation", {"action": "publish"}
    cast.trust.post(path, published, version=said["version"])
    body = {"title": "Doors", "you_said": "Heavy.", "footprint": SPLIT, "feedback_ids": [said["id"]]}
    loop = old.post("/v1/loops", body | {"demonstration": True})
    preview_id = old.get(f"/v1/loops/{loop['id']}/tellings/preview")["preview_id"]
    heard = {"preview_id": preview_id, "moderated": True}
    path = f"/v1/loops/{loop['id']}/acknowledgement"
    found: dict[str, Any] = old.post(path, heard, version=loop["version"])
    return found


def test_a_split_board_is_inherited_by_its_largest_heir(cast: Cast, boards: Boards) -> None:
    loop = opened_loop(cast, boards)
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
    stated, version = {"statement": "We know."}, {"If-Match": f'"{moved["version"]}"'}
    stays_out = boards[OTHER].send("POST", f"{path}/statement", json=stated, headers=version)
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


def test_what_a_closed_organisation_owned_is_its_heirs(cast: Cast) -> None:
    old, heir = (registered(cast, f"Doors {name} (invented)") for name in ("North", "Together"))
    with closing(lead_of(cast, old)) as before, closing(lead_of(cast, heir)) as after:
        loop, path = drafted_loop(before, old), f"/v1/organisations/{old}"
        ending = WHY | {"closed_on": "2026-03-31"}
        cast.steward.post(f"{path}/ending", ending, version=version_of(cast, path))
        step = WHY | {"kind": "succeeded_by", "to": heir, "valid_from": "2026-04-01"}
        cast.steward.post(f"{path}/relations", step, version=version_of(cast, path))
        assert before.get(f"/v1/loops/{loop}")["organisation_id"] == old
        named = {"effective_on": "2026-04-01", "predecessors": [old]}
        (applied,) = cast.steward.post("/v1/successions", named, expect=201)["successions"]
        assert [(each["id"], each["share"]) for each in applied["successors"]] == [(heir, None)]
        moved = wait_for("the loop at its heir", lambda: loop_at_heir(after, loop))
        assert (moved["organisation_id"], moved["inherited_from"]) == (heir, old)
        assert (moved["heir_uncertain"], moved["owner_to_be_named"]) == (False, True)
        assert wait_for("feedback at the heir", lambda: said_about(after, old, heir))


WHY = {"reason": "They became one.", "source": "https://example.org/doors"}


def registered(cast: Cast, name: str) -> str:
    """The id of an organisation of the test's own."""
    body = {"name": name, "kind": "voluntary", "valid_from": "2020-01-01", "demonstration": True}
    made = cast.steward.post("/v1/organisations", body | WHY | {"footprint": "ods:QHM"})
    return str(made["id"])


def version_of(cast: Cast, path: str) -> int:
    """The version of a body that a change names."""
    return int(cast.steward.get(path)["version"])


def lead_of(cast: Cast, body: str) -> Caller:
    """A client of a body's own people."""
    made = {"organisation": body, "team": "engagement", "name": body, "scopes": SCOPES}
    return Caller(cast.gateway_url, cast.admin.post("/v1/clients", made)["key"], "lead-1; role=lead")


def drafted_loop(caller: Caller, body: str) -> str:
    """Draft a loop that a body must answer, from what was said about it."""
    said = caller.post(
        "/v1/feedback", {"kind": "story", "text": "The door is too heavy.", "organisations": [body]}
    )
    draft = {"title": "Doors", "you_said": "Heavy.", "organisation": body, "feedback_ids": [said["id"]]}
    return str(caller.post("/v1/loops", draft | {"demonstration": True})["id"])


def loop_at_heir(caller: Caller, loop: str) -> dict[str, Any] | None:
    """The draft, once it is the heir's: until then only its first body sees it."""
    answer = caller.send("GET", f"/v1/loops/{loop}")
    found: dict[str, Any] = answer.json()
    return found if answer.status_code == 200 else None


def said_about(caller: Caller, body: str, heir: str) -> bool:
    """Whether what is said now about a closed body is about its heir."""
    said = caller.post("/v1/feedback", {"kind": "story", "text": "Still heavy.", "organisations": [body]})
    found: list[str] = said["organisation_ids"]
    return found == [heir]
