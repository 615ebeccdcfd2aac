"""The pass-through: hands a request to the service that answers it, and its answer back."""

import asyncio
import contextlib

from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from services.gateway.context import RequestContext
from services.gateway.proxy.body import BoundedBody, StreamPlaces
from services.gateway.proxy.connection import Answer, Body
from services.gateway.proxy.headers import announces_body, content_length, inward_headers, outward_headers
from services.gateway.proxy.upstream import Upstream
from services.gateway.table import ServiceRoute
from shared.state import part_in

# An answer up to this size goes on in one piece; a larger one as it comes.
ONE_PIECE_BYTES = 65_536
# A service holds a body in memory: of those beyond the usual limit, a client sends one at a time.
LARGE_OF_CLIENT = 1


async def pass_through(
    scope: Scope, receive: Receive, send: Send, context: RequestContext, to: ServiceRoute
) -> None:
    """Send a request on to its service and stream the answer back."""
    upstream = part_in(scope, Upstream)
    headers = inward_headers(scope["headers"], signed=to.route.signed)
    if context.network_mark:
        headers.append((b"doorway-network", context.network_mark.encode()))
    bytes_max = upstream.settings.body_bytes_max
    is_large = (content_length(scope["headers"]) or 0) > bytes_max
    if is_large and not context.caller.is_anonymous:
        bytes_max = max(bytes_max, to.route.body_bytes_max)
    body = await open_body(scope, receive, bytes_max)
    with contextlib.ExitStack() as taken:
        if not isinstance(body, bytes):
            taken.enter_context(part_in(scope, StreamPlaces).place(context.line))
        if is_large:
            client = f"client {context.caller.client_id}"
            taken.enter_context(part_in(scope, StreamPlaces).place(client, LARGE_OF_CLIENT))
        async with upstream.call(
            to.service, scope["method"], path_and_query(scope), context.caller, headers, body
        ) as answer:
            await send_answer(answer, send, upstream.settings.upstream_seconds)


async def open_body(scope: Scope, receive: Receive, bytes_max: int) -> Body:
    """The body of a request: whole when it is small, otherwise its pieces."""
    if not announces_body(scope["headers"]):
        return b""
    return await BoundedBody(receive, content_length(scope["headers"]), bytes_max).open()


def path_and_query(scope: Scope) -> bytes:
    """Path and query exactly as they came."""
    path: bytes = scope["raw_path"]
    query: bytes = scope["query_string"]
    return path + b"?" + query if query else path


async def send_answer(answer: Answer, send: Send, seconds: float) -> None:
    """Send a service's answer on; ClientDisconnect when the client does not read it for so long."""
    headers = outward_headers(answer.headers)
    start = {"type": "http.response.start", "status": answer.status, "headers": headers}
    if answer.content_length is not None and answer.content_length <= ONE_PIECE_BYTES:
        body = await answer.read()
        await send(start)
        await send({"type": "http.response.body", "body": body})
        return
    await send(start)
    async for piece in answer.pieces():
        await send_in_time(send, {"type": "http.response.body", "body": piece, "more_body": True}, seconds)
    await send({"type": "http.response.body", "body": b""})


async def send_in_time(send: Send, message: Message, seconds: float) -> None:
    """Send one message; ClientDisconnect when the client leaves no room for it for so long."""
    try:
        async with asyncio.timeout(seconds):
            await send(message)
    except TimeoutError:
        raise ClientDisconnect from None
