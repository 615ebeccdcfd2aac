"""The entrance: where to, who is it, how often have they come; said once, for all routes."""

from typing import Any

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.audit.journal import Denial, Journal
from services.gateway.clients.errors import KeyUnknown
from services.gateway.clients.keyring import Keyring
from services.gateway.entrance.addresses import client_address, line_of, network_of
from services.gateway.entrance.answers import Answer
from services.gateway.entrance.limits import Limits, Standing
from services.gateway.entrance.visit import KEY, Visit, visit_of
from services.gateway.proxy.table import find_route, is_ambiguous
from services.gateway.settings import GatewaySettings
from shared.auth import Caller
from shared.errors import NotFound, Problem, TooMany
from shared.frame import bounded, refuse_bad_text, route_of
from shared.state import part_in

HEALTH = ("/livez", "/readyz", "/metrics")


def caller_found(request: Request) -> Caller:
    """Return the caller that the entrance found for this request."""
    return visit_of(request.scope).caller


def bearer(scope: Scope) -> str | None:
    """Return the key that a request brings, None without one; KeyUnknown when it is malformed."""
    given: list[bytes] = [value for name, value in scope["headers"] if name == b"authorization"]
    if not given:
        return None
    scheme, _, text = given[0].decode("latin-1").partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer":
        raise KeyUnknown
    return text.strip()


class Entrance:
    """ASGI middleware around everything; it hands a refusal inward, to be answered like any other."""

    def __init__(self, app: ASGIApp, *, settings: GatewaySettings) -> None:
        self.app, self.settings = app, settings
        self.limits = Limits(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or have it refused."""
        if scope["type"] != "http" or scope["path"] in HEALTH:
            await self.app(scope, receive, send)
            return
        visit = Visit(client_address(scope, self.settings.trusted_proxies))
        scope[KEY] = visit
        try:
            await self.identify(scope, visit)
        except Problem as problem:
            visit.refusal = problem
        standing = await self.count(visit)
        if not standing.allowed:
            visit.refusal = TooMany(headers={"Retry-After": str(standing.reset_seconds)})
        answer = Answer(send, standing)
        await self.app(scope, receive, answer)
        if code := answer.refused:
            self.note(scope, visit, code)

    async def identify(self, scope: Scope, visit: Visit) -> None:
        """Find route and caller; a signed body needs no key, and its sender's credentials are not ours."""
        if is_ambiguous(scope["raw_path"]):
            raise NotFound
        visit.destination = find_route(scope["raw_path"])
        if (visit.destination and visit.destination.route.signed) or (text := bearer(scope)) is None:
            return
        keyring = part_in(scope, Keyring)
        try:
            visit.key = await keyring.identify(text)
        except KeyUnknown:
            visit.key = keyring.recognise(text)
            raise
        visit.caller = visit.key.caller

    async def count(self, visit: Visit) -> Standing:
        """Count the request by its client, by its address without one, or as its route demands."""
        own = visit.destination.route.limit if visit.destination else None
        if own is None and visit.caller.client_id is not None:
            return await self.limits.count("client", visit.caller.client_id.hex)
        return await self.limits.count(own or "address", line_of(visit.address))

    def note(self, scope: Scope, visit: Visit, code: str) -> None:
        """Put a refusal on record: the key's id, never its secret; the network, never the whole address."""
        caller = visit.key.caller if visit.key else visit.caller
        part_in(scope, Journal).note(
            Denial(
                code=code,
                organisation_id=caller.organisation_id,
                client_id=caller.client_id,
                key_id=visit.key.id if visit.key else None,
                network=network_of(visit.address),
                method=scope["method"],
                route=route_of(scope),
            )
        )


class OwnBodies:
    """ASGI middleware: reads the bodies of the gateway's own routes, which are small, bounded and clean."""

    def __init__(self, app: ASGIApp, *, bytes_max: int) -> None:
        self.app, self.bytes_max = app, bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body unless it is to pass through, and hand it on whole."""
        visit: Visit | None = scope.get(KEY)
        if visit is None or visit.passes or visit.refusal or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        body = await bounded(receive, self.bytes_max)
        refuse_bad_text(body)
        unread = [body]

        async def again() -> Any:
            piece = unread.pop() if unread else None
            if piece is None:
                return await receive()
            return {"type": "http.request", "body": piece, "more_body": False}

        await self.app(scope, again, send)
