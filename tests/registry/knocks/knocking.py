"""Knocking, for the tests."""

from datetime import timedelta
from typing import Any

from shared.clock import now
from tests.fixtures.clients import ServiceClient
from tests.registry.contacts.scene import knocker


def ago(**span: float) -> str:
    """Return an instant so long ago."""
    return (now() - timedelta(**span)).isoformat()


async def post(client: ServiceClient, contact: dict[str, Any], **given: Any) -> Any:
    """Record a knock at a contact and return the answer."""
    return await client.post(f"/v1/contacts/{contact['id']}/knocks", json=given)


async def knock(registry: ServiceClient, contact: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Record a knock of somebody new and return it."""
    made = await post(knocker(registry), contact, **given)
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found
