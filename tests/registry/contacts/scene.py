"""Stewards and the contacts that they add, for the tests."""

from typing import Any

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient

WHY = {"reason": "The board published it.", "source": "https://example.org/contact-us"}
BOARD = "/v1/footprints/ods:QHM"


def steward(registry: ServiceClient, **fields: Any) -> ServiceClient:
    """Return a client of the operator, or of another organisation, that may write."""
    scopes = ["registry:write"] if fields.get("organisation_id") else ["operator", "registry:write"]
    given = {"client_id": new_id(), "organisation_id": new_id(), "scopes": scopes}
    return registry.as_(**(given | fields))


def knocker(registry: ServiceClient) -> ServiceClient:
    """Return a client with a key and no scope."""
    return registry.as_(client_id=new_id(), organisation_id=new_id())


def mailbox(**fields: Any) -> dict[str, Any]:
    """Return a contact that nobody knows yet."""
    address = f"door-{new_id()}@example.org"
    return {"channel": "email", "value": address, "purpose": "enquiries", **WHY, **fields}


async def version_of(registry: ServiceClient, path: str) -> dict[str, str]:
    """Return the header by which something that was just read can be changed."""
    answer = await registry.get(path)
    assert answer.status_code == 200, answer.text
    return {"If-Match": answer.headers["ETag"]}


async def add(registry: ServiceClient, body: str = BOARD, **fields: Any) -> dict[str, Any]:
    """Add a contact of a body and return it."""
    headers = await version_of(registry, body)
    made = await steward(registry).post(f"{body}/contacts", json=mailbox(**fields), headers=headers)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def change(registry: ServiceClient, contact: dict[str, Any], act: str, **given: Any) -> Any:
    """Do something to a contact in its present version, and return the answer."""
    path = f"/v1/contacts/{contact['id']}"
    headers = await version_of(registry, path)
    return await steward(registry).post(f"{path}/{act}", json={**WHY, **given}, headers=headers)
