"""The entrance: where a request goes, who sends it and how often they came; decided once, for all routes."""

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.audit.refusals import Refusal, RefusalLog
from services.gateway.clients.keyring import Keyring
from services.gateway.context import SCOPE_KEY, RequestContext, request_context
from services.gateway.entrance.addresses import (
    client_address,
    line_of_address,
    mark_of_network,
    network_of_address,
)
from services.gateway.entrance.answers import GuardedAnswer
from services.gateway.entrance.limits import LimitState, RequestLimiter
from services.gateway.errors import KeyUnknown
from services.gateway.settings import LIMITS, GatewaySettings
from services.gateway.table import find_route, is_ambiguous
from shared.auth import Caller
from shared.errors import NotFound, Problem, TooMany
from shared.middleware import plain_body, read_bounded, refuse_bad_text, route_of
from shared.state import part_in

HEALTH = ("/livez", "/readyz")


def caller_of_request(request: Request) -> Caller:
    """The caller that the entrance identified for this request."""
    return request_context(request.scope).caller


def bearer_key(scope: Scope) -> str | None:
    """The key that a request brings, None without one; KeyUnknown when it is malformed."""
    headers: list[bytes] = [value for name, value in scope["headers"] if name == b"authorization"]
    if not headers:
        return None
    scheme, _, text = headers[0].decode("latin-1").partition(" ")
    if len(headers) > 1 or scheme.lower() != "bearer":
        raise KeyUnknown
    return text.strip()


class Entrance:
    """ASGI middleware around everything; it hands a refusal inward, to be answered like any other."""

    def __init__(self, app: ASGIApp, *, settings: GatewaySettings) -> None:
        self.app, self.settings = app, settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or have it refused."""
        if scope["type"] != "http" or scope["path"] in HEALTH:
            await self.app(scope, receive, send)
            return
        address = client_address(scope, self.settings.trusted_proxies)
        context = RequestContext(address, line_of_address(address))
        scope[SCOPE_KEY] = context
        try:
            await self.identify(scope, context)
        except Problem as problem:
            context.refusal = problem
        limit = await self.count(scope, context)
        if not limit.allowed:
            context.refusal = TooMany(headers={"Retry-After": str(limit.reset_seconds)})
        answer = GuardedAnswer(send, limit)
        await self.app(scope, receive, answer)
        if code := answer.refusal_code:
            self.record_refusal(scope, context, code)

    async def identify(self, scope: Scope, context: RequestContext) -> None:
        """Find route and caller; a signed body needs no key, and its sender's credentials are not ours."""
        if is_ambiguous(scope["raw_path"]):
            raise NotFound
        context.destination = find_route(scope["raw_path"])
        if context.destination and context.destination.route.tells_network:
            context.network_mark = mark_of_network(self.settings.seal_key, context.address)
        if context.is_signed or (text := bearer_key(scope)) is None:
            return
        keyring = part_in(scope, Keyring)
        try:
            context.key = await keyring.identify(text)
        except KeyUnknown:
            context.key = keyring.recognise(text)
            raise
        context.caller = context.key.caller

    async def count(self, scope: Scope, context: RequestContext) -> LimitState:
        """Count the request as its route demands, otherwise by its client, or by its address without one."""
        limiter, client = part_in(scope, RequestLimiter), context.caller.client_id
        if context.limit is None and client is not None:
            return await limiter.count("client", client.hex)
        state = await limiter.count(context.limit or "address", context.line)
        if context.limit is None or client is None or not LIMITS[context.limit].by_client:
            return state
        of_client = await limiter.count(context.limit, client.hex)
        return min(state, of_client, key=lambda each: (each.allowed, each.remaining))

    def record_refusal(self, scope: Scope, context: RequestContext, code: str) -> None:
        """Record a refusal: the key's id, never its secret; the network, never the whole address."""
        caller = context.key.caller if context.key else context.caller
        part_in(scope, RefusalLog).count(
            Refusal(
                code=code,
                organisation_id=caller.organisation_id,
                client_id=caller.client_id,
                key_id=context.key.id if context.key else None,
                network=network_of_address(context.address),
                method=scope["method"],
                route=route_of(scope),
            )
        )


class OwnBodyReader:
    """ASGI middleware: reads the bodies of the gateway's own routes, which are small, bounded and clean."""

    def __init__(self, app: ASGIApp, *, bytes_max: int) -> None:
        self.app, self.bytes_max = app, bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body unless it must pass through, and pass it on whole."""
        context: RequestContext | None = scope.get(SCOPE_KEY)
        reads = context is not None and not context.passes_through and context.refusal is None
        if not reads or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        body = plain_body(await read_bounded(receive, self.bytes_max), dict(scope["headers"]))
        refuse_bad_text(body)
        unread = [body]

        async def receive_again() -> Message:
            if not unread:
                return await receive()
            return {"type": "http.request", "body": unread.pop(), "more_body": False}

        await self.app(scope, receive_again, send)
