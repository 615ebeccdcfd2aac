"""Clients of the gateway that manage webhooks over HTTP, as partners do."""

from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.fixtures.clients import ServiceClient
from tests.gateway.gateways import Gateways, Partner

ENDPOINTS = "/v1/webhooks/endpoints"
DELIVERIES = "/v1/webhooks/deliveries"


class Manager:
    """One partner's way of calling the gateway."""

    def __init__(self, client: httpx2.AsyncClient, partner: Partner) -> None:
        self.client, self.partner = client, partner

    @property
    def organisation_id(self) -> UUID:
        """The organisation that it manages webhooks for."""
        return self.partner.organisation_id

    @property
    def engine(self) -> AsyncEngine:
        """The database connections of the gateway that it calls."""
        assert isinstance(self.client, ServiceClient)
        return self.client.state.engine

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
        """Call the gateway with the partner's key; underscores in header names stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.request(method, path, json=body, headers=named | self.partner.headers)

    async def make(self, **fields: Any) -> dict[str, Any]:
        """Make an endpoint and return the answer."""
        made = await self.call("POST", ENDPOINTS, {"url": "http://127.0.0.1:9/"} | fields)
        assert made.status_code == 201, made.text
        found: dict[str, Any] = made.json()
        return found


async def managing(gateways: Gateways, count: int = 1) -> list[Manager]:
    """Start a gateway and return managers of different organisations."""
    client = await gateways.start()
    return [Manager(client, await gateways.partner("webhooks:manage")) for _ in range(count)]


def code_of(answer: httpx2.Response, status: int) -> str:
    """The code of a problem after checking how it is told."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    code: str = answer.json()["code"]
    return code
