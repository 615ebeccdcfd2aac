"""The pass-through: a plain ASGI route, because a route with dependencies costs three times as much."""

import aiohttp
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from services.gateway.entrance.visit import KEY, Visit, visit_of
from services.gateway.proxy.body import Body
from services.gateway.proxy.headers import content_length, inward, outward
from services.gateway.proxy.table import ServiceRoute
from services.gateway.proxy.upstream import Upstream
from shared.errors import Problem
from shared.state import part_in

# An answer up to this size goes on in one piece; a larger one as it comes.
AT_ONCE_BYTES = 65_536


class PassThrough(BaseRoute):
    """Hands a request to the service behind the route that the entrance found, and its answer back."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Match what the entrance refused, or found another service's route for."""
        visit: Visit | None = scope.get(KEY)
        if visit is None or not (visit.passes or visit.refusal):
            return Match.NONE, {}
        return Match.FULL, {"doorway.route": visit.destination.route.path if visit.destination else None}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the refusal if there is one, otherwise pass the request through."""
        visit = visit_of(scope)
        if visit.refusal is not None:
            raise visit.refusal
        if visit.destination is not None:
            await pass_through(scope, receive, send, visit, visit.destination)


async def pass_through(scope: Scope, receive: Receive, send: Send, visit: Visit, to: ServiceRoute) -> None:
    """Send a request on to its service and stream the answer back."""
    upstream = part_in(scope, Upstream)
    headers = inward(scope["headers"], signed=to.route.signed)
    body = Body(receive, content_length(scope["headers"]), upstream.settings.body_bytes_max)
    data = await body.open()
    if body.announced is not None:
        headers.append(("Content-Length", str(body.announced)))
    try:
        async with upstream.call(
            to.service, scope["method"], target(scope), caller=visit.caller, headers=headers, data=data
        ) as answer:
            await hand_back(answer, send)
    except Problem:
        # The client's own mistake in the middle of its body looks like a broken connection from here.
        if body.problem is not None:
            raise body.problem from None
        raise


def target(scope: Scope) -> str:
    """Return path and query exactly as they came."""
    path: str = scope["raw_path"].decode("ascii")
    query: bytes = scope["query_string"]
    return f"{path}?{query.decode('latin-1')}" if query else path


async def hand_back(answer: aiohttp.ClientResponse, send: Send) -> None:
    """Send a service's answer on."""
    start = {"type": "http.response.start", "status": answer.status, "headers": outward(answer.raw_headers)}
    if answer.content_length is not None and answer.content_length <= AT_ONCE_BYTES:
        body = await answer.read()
        await send(start)
        await send({"type": "http.response.body", "body": body})
        return
    await send(start)
    async for piece in answer.content.iter_any():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
