"""Suggestions to test with, and what stewards do about them."""

from typing import Any

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.appointments.scene import PAGE, a_role

BOARD = "/v1/footprints/ods:QWO"
OTHER_BOARD = "/v1/footprints/ods:QHM"
WHY = {"reason": "The page of the board says so."}


def a_leader(**more: Any) -> dict[str, Any]:
    """Return what suggests a leader."""
    return {"what": "leader", "value": "Robin Latch", "role": a_role(), "source_url": PAGE, **more}


def network() -> dict[str, str]:
    """Return what the gateway adds to a suggestion: the mark of a network, here of a new one."""
    return {"Doorway-Network": new_id().hex}


async def suggest(client: ServiceClient, body: str, headers: dict[str, str]) -> Any:
    """Suggest a leader as a request with these headers does, and return the whole answer."""
    return await client.post(f"{body}/suggestions", json=a_leader(), headers=headers)


async def suggested(client: ServiceClient, body: str = BOARD, **what: Any) -> dict[str, Any]:
    """Suggest something about a body from a network of its own, and return the answer."""
    made = await client.post(f"{body}/suggestions", json=what or a_leader(), headers=network())
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def decide(client: ServiceClient, made: dict[str, Any], how: str, **body: Any) -> Any:
    """Decide on a suggestion as it was made."""
    path = f"/v1/suggestions/{made['id']}/{how}"
    return await client.post(path, json=WHY | body, headers={"If-Match": '"0"'})


async def became(client: ServiceClient, made: dict[str, Any]) -> dict[str, Any]:
    """Return what became of a suggestion, by its code."""
    answer = await client.post("/v1/suggestions/lookup", json={"code": made["code"]})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
