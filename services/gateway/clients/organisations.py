"""Which organisation a client is for: asked of the registry, once, when the client is made."""

from urllib.parse import quote
from uuid import UUID

import orjson

from services.gateway.proxy.upstream import Upstream
from shared.auth import Caller
from shared.errors import invalid
from shared.schemas import ref_parts

UNKNOWN = "The registry knows no such organisation: give its id, or a code such as ods:RX6."


async def organisation_known_as(upstream: Upstream, reference: str) -> UUID:
    """Return the id of the organisation that a registry id or code names.

    Raises Invalid when the registry knows none, ServiceUnavailable when it cannot be asked.
    """
    scheme, value = ref_parts(reference)
    target = (
        f"/v1/organisations/{value}" if scheme == "id" else f"/v1/organisations?{scheme}={quote(str(value))}"
    )
    async with upstream.call("registry", "GET", target, caller=Caller(), headers=[]) as answer:
        if answer.status >= 400:
            raise invalid("/organisation", UNKNOWN)
        found = orjson.loads(await answer.read())
    bodies = found["items"] if scheme != "id" else [found]
    if not bodies:
        raise invalid("/organisation", UNKNOWN)
    return UUID(bodies[0]["id"])
