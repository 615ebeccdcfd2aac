"""Suggestions to test with, and what stewards do about them."""

from typing import Any

from tests.fixtures.clients import ServiceClient
from tests.registry.appointments.scene import PAGE, a_role

BOARD = "/v1/footprints/ods:QWO"
OTHER_BOARD = "/v1/footprints/ods:QHM"
WHY = {"reason": "The page of the board says so."}


def a_leader(**more: Any) -> dict[str, Any]:
    """Return what suggests a leader."""
    return {"what": "leader", "value": "Robin Latch", "role": a_role(), "source_url": PAGE, **more}


async def suggested(client: ServiceClient, body: str = BOARD, **what: Any) -> dict[str, Any]:
    """Suggest something about a body, and return the answer."""
    made = await client.post(f"{body}/suggestions", json=what or a_leader())
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
