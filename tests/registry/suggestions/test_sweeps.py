"""Stewards refuse many suggestions in one step, and can take that back."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.registry.suggestions.domain import forget_old
from services.registry.suggestions.models import Suggestion
from shared.clock import clock, now
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.appointments.scene import refusal
from tests.registry.stakeholders.scene import operator, steward_of
from tests.registry.suggestions.scene import (
    BOARD,
    OTHER_BOARD,
    became,
    decide,
    network,
    suggest,
    suggested,
)

WHY = {"reason": "All of these say the same nonsense."}
TRUST = "/v1/organisations/ods:RX6"


async def junk(registry: ServiceClient, *bodies: str) -> list[dict[str, Any]]:
    """Suggest something about each body, all from one network."""
    headers = network()
    return [(await suggest(registry, body, headers)).json() for body in bodies]


async def sweep(client: ServiceClient, **given: Any) -> dict[str, Any]:
    """Sweep, and return the answer."""
    answer = await client.post("/v1/suggestions/sweeps", json=WHY | given)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def withdraw(client: ServiceClient, swept: dict[str, Any]) -> Any:
    """Take a sweep back."""
    return await client.post(f"/v1/suggestions/sweeps/{swept['id']}/withdrawal")


async def states(registry: ServiceClient, made: list[dict[str, Any]]) -> list[str]:
    """Return what became of suggestions."""
    return [(await became(registry, each))["state"] for each in made]


async def test_junk_of_a_network_is_swept_in_one_step_and_honest_suggestions_stay(
    registry: ServiceClient,
) -> None:
    steward = operator(registry)
    bad = await junk(registry, BOARD, BOARD, OTHER_BOARD)
    honest = await suggested(registry, BOARD)
    read = (await steward.get(f"/v1/suggestions/{bad[0]['id']}")).json()
    assert (read["of_same_sender"], read["sweep_id"]) == (1, None)
    assert "sender" not in read
    seen = await sweep(steward, same_sender_as=bad[0]["id"], dry_run=True)
    assert (seen["id"], seen["suggestions"], seen["senders"]) == (None, 3, 1)
    assert [each["suggestions"] for each in seen["bodies"]] == [2, 1]
    assert await states(registry, [*bad, honest]) == ["waiting"] * 4
    swept = await sweep(steward, same_sender_as=bad[0]["id"])
    assert (swept["suggestions"], swept["bodies"]) == (3, seen["bodies"])
    assert f"{swept['id']}/withdrawal" in swept["message"]
    assert await states(registry, [*bad, honest]) == ["refused"] * 3 + ["waiting"]
    assert (await became(registry, bad[0]))["reason"] == WHY["reason"]
    read = (await steward.get(f"/v1/suggestions/{bad[0]['id']}")).json()
    assert (read["version"], read["sweep_id"], read["of_same_sender"]) == (1, swept["id"], 0)


async def test_a_sweep_can_be_taken_back_once(registry: ServiceClient, session_for: SessionFor) -> None:
    steward = operator(registry)
    bad = await junk(registry, BOARD, BOARD)
    refused_before = await suggested(registry, BOARD)
    await decide(steward, refused_before, "refusal")
    swept = await sweep(steward, same_sender_as=bad[0]["id"])
    answer = await withdraw(steward, swept)
    assert (answer.status_code, answer.json()["suggestions"]) == (200, 2), answer.text
    assert await states(registry, [*bad, refused_before]) == ["waiting", "waiting", "refused"]
    assert refusal(await withdraw(steward, swept)) == (404, "nothing_swept")
    row = await (await session_for("registry")).get_one(Suggestion, bad[0]["id"])
    assert (row.reason, row.decided_at, row.decided_by, row.sweep_id) == (None,) * 4
    tag = {"If-Match": f'"{row.version}"'}
    accepted = await steward.post(f"/v1/suggestions/{row.id}/acceptance", json=WHY, headers=tag)
    assert accepted.json()["state"] == "accepted", accepted.text


async def test_a_sweep_makes_room_at_once(registry: ServiceClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.registry.suggestions.senders.OF_SENDER_MAX", 1)
    headers = network()
    made = (await suggest(registry, TRUST, headers)).json()
    assert (await suggest(registry, TRUST, headers)).status_code == 429
    await sweep(operator(registry), same_sender_as=made["id"])
    assert (await suggest(registry, TRUST, headers)).status_code == 201


async def test_a_sweep_chooses_by_body_and_time(registry: ServiceClient) -> None:
    steward, body = operator(registry), "/v1/footprints/ods:QUE"
    before = await suggested(registry, body)
    start = now()
    during, elsewhere = await suggested(registry, body), await suggested(registry, "/v1/footprints/ods:QNX")
    end = now()
    after = await suggested(registry, body)
    given = {"body": "ods:QUE", "made_from": start.isoformat(), "made_until": end.isoformat()}
    assert (await sweep(steward, **given))["suggestions"] == 1
    made = [before, during, elsewhere, after]
    assert await states(registry, made) == ["waiting", "refused", "waiting", "waiting"]
    nothing = await sweep(steward, **given)
    assert (nothing["id"], nothing["suggestions"], nothing["bodies"]) == (None, 0, [])
    assert "nothing has changed" in nothing["message"]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({}, ""),
        ({"dry_run": True}, ""),
        ({"made_from": "2026-05-02T00:00:00Z", "made_until": "2026-05-01T00:00:00Z"}, ""),
        ({"made_from": "0001-01-01T00:00:00+14:00"}, "/made_from"),
        ({"body": "ods:ZZZ"}, "/body"),
        ({"same_sender_as": str(new_id())}, "/same_sender_as"),
        ({"body": "ods:QUE", "reason": "x"}, "/reason"),
        ({"network": "x"}, "/network"),
    ],
)
async def test_a_sweep_says_which_suggestions_it_means(
    registry: ServiceClient, given: dict[str, Any], pointer: str
) -> None:
    refused = await operator(registry).post("/v1/suggestions/sweeps", json=WHY | given)
    assert refusal(refused) == (422, "invalid")
    assert refused.json()["errors"][0]["pointer"] == pointer


async def test_stewards_of_a_board_sweep_theirs_alone(registry: ServiceClient) -> None:
    ours, theirs, of_trust = bad = await junk(registry, BOARD, OTHER_BOARD, TRUST)
    steward = await steward_of(registry, "ods:QHM")
    hidden = await steward.post("/v1/suggestions/sweeps", json=WHY | {"same_sender_as": ours["id"]})
    assert refusal(hidden) == (422, "invalid")
    assert (await sweep(steward, body="ods:QWO"))["suggestions"] == 0
    seen = await sweep(steward, same_sender_as=theirs["id"], dry_run=True)
    assert seen["suggestions"] == 2
    await sweep(steward, same_sender_as=of_trust["id"])
    assert await states(registry, bad) == ["waiting", "refused", "refused"]
    swept = await sweep(operator(registry), same_sender_as=ours["id"])
    assert swept["suggestions"] == 1
    assert refusal(await withdraw(steward, swept)) == (404, "nothing_swept")
    assert await states(registry, [ours]) == ["refused"]


async def test_only_stewards_sweep(registry: ServiceClient) -> None:
    reader = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    nobodys = registry.as_(client_id=new_id(), scopes=["registry:write"])
    [made] = await junk(registry, BOARD)
    for path in ("/v1/suggestions/sweeps", f"/v1/suggestions/sweeps/{new_id()}/withdrawal"):
        assert refusal(await registry.post(path, json=WHY)) == (401, "key_required")
        assert refusal(await reader.post(path, json=WHY)) == (403, "scope_missing")
    assert (await sweep(nobodys, body="ods:QWO"))["suggestions"] == 0
    assert await states(registry, [made]) == ["waiting"]


async def test_two_sweeps_and_a_decision_at_once_decide_each_once(registry: ServiceClient) -> None:
    steward = operator(registry)
    bad = await junk(registry, *[BOARD] * 6)
    answers = await asyncio.gather(
        *(sweep(steward, same_sender_as=bad[0]["id"]) for _ in range(3)),
        decide(steward, bad[3], "acceptance"),
    )
    accepted = answers[3].status_code == 200
    assert sum(each["suggestions"] for each in answers[:3]) + accepted == 6
    assert (await became(registry, bad[3]))["state"] == ("accepted" if accepted else "refused")


async def test_who_sent_a_suggestion_is_forgotten_after_30_days(
    registry: ServiceClient, session_for: SessionFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = await junk(registry, BOARD, BOARD)
    swept = await sweep(operator(registry), same_sender_as=bad[0]["id"])
    later = await junk(registry, BOARD)
    source = clock.source

    async def sender_after(days: int) -> str | None:
        monkeypatch.setattr(clock, "source", lambda: source() + timedelta(days=days))
        async with registry.state.sessions.begin() as session:
            await forget_old(session)
        return (await (await session_for("registry")).get_one(Suggestion, later[0]["id"])).sender

    assert await sender_after(29) is not None
    assert await sender_after(31) is None
    refused = await operator(registry).post(
        "/v1/suggestions/sweeps", json=WHY | {"same_sender_as": later[0]["id"]}
    )
    assert refused.json()["errors"][0]["pointer"] == "/same_sender_as"
    assert "30 days" in refused.json()["errors"][0]["detail"]
    # What a sweep refused can be taken back until it is forgotten.
    assert await sender_after(91) is None
    assert refusal(await withdraw(operator(registry), swept)) == (404, "nothing_swept")
