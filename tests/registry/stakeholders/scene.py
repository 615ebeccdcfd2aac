"""Groups to test with, and the clients of those who keep them."""

from datetime import timedelta
from typing import Any

from shared.clock import today
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient

WHY = {"reason": "They asked to be listed.", "source": "A letter of the group, November 2026"}
ADDRESS = "kitchen@door-openers.example"


def a_group(**more: Any) -> dict[str, Any]:
    """Return what registers a group without an address."""
    return {
        **WHY,
        "name": "Door Openers (invented)",
        "footprints": ["ods:QHM"],
        "reaches": ["Homeless people"],
        "interests": ["discharge"],
        "languages": ["en", "PL"],
        "approach": "Ring before noon.",
        **more,
    }


def with_address(days: int = 300, **more: Any) -> dict[str, Any]:
    """Return what registers a group with an address, shown for some days."""
    return a_group(contact={"channel": "email", "address": ADDRESS}, consent=agreed(days), **more)


def agreed(days: int) -> dict[str, str]:
    """Return a consent that was given today and ends in some days."""
    return {"given_on": str(today()), "expires_on": str(today() + timedelta(days=days))}


def operator(registry: ServiceClient) -> ServiceClient:
    """Return a client of the operator's stewards."""
    return registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["operator", "registry:write"])


async def steward_of(registry: ServiceClient, ref: str) -> ServiceClient:
    """Return a client of a body's stewards."""
    own = (await registry.get(f"/v1/organisations/{ref}")).json()["id"]
    return registry.as_(client_id=new_id(), organisation_id=own, scopes=["registry:write"])


async def registered(client: ServiceClient, body: dict[str, Any]) -> dict[str, Any]:
    """Register a group and return it."""
    made = await client.post("/v1/stakeholders", json=body)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def a_charity(registry: ServiceClient, name: str) -> str:
    """Register a charity and return its id."""
    body = {"name": name, "kind": "voluntary", "demonstration": True, **WHY}
    made = await operator(registry).post("/v1/organisations", json=body)
    if made.status_code == 422:
        made = await operator(registry).post(
            "/v1/organisations", json={key: body[key] for key in ("name", "kind", "demonstration")}
        )
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def act_on(client: ServiceClient, group: dict[str, Any], act: str, **body: Any) -> Any:
    """Change a group as it was last read."""
    return await client.post(
        f"/v1/stakeholders/{group['id']}/{act}",
        json=WHY | body,
        headers={"If-Match": f'"{group["version"]}"'},
    )


def refusal(answer: Any) -> tuple[int, str]:
    """Return the status and code of a refusal."""
    return answer.status_code, answer.json().get("code", "")
