"""Which organisation a client is for: asked of the registry, once, when the client is made."""

from urllib.parse import quote
from uuid import UUID

import orjson

from services.gateway.errors import ServiceUnavailable
from services.gateway.proxy.upstream import Upstream
from shared.auth import Caller
from shared.errors import invalid

UNKNOWN = "The registry has no such organisation. Give its id, or a code such as ods:RX6."
UNKNOWN_STATUSES = (404, 422)


async def find_organisation_id(upstream: Upstream, reference: str) -> UUID:
    """The id of the organisation that a registry id or code names.

    Raises Invalid when the registry knows none, ServiceUnavailable when it cannot be asked.
    """
    target = f"/v1/organisations/{quote(reference, safe=':')}".encode()
    async with upstream.call("registry", "GET", target, Caller()) as answer:
        if answer.status in UNKNOWN_STATUSES:
            raise invalid("/organisation", UNKNOWN)
        if answer.status != 200:
            raise ServiceUnavailable
        return UUID(orjson.loads(await answer.read())["id"])
