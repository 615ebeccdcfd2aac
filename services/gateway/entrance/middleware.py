"""The entrance: where a request goes, who sends it and how often they came; decided once, for all routes."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

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
from services.gateway.proxy.passthrough import pass_through
from services.gateway.settings import LIMITS, GatewaySettings
from services.gateway.table import OWN, find_route, is_ambiguous
from shared.auth import Caller
from shared.errors import NotFound, Problem, TooMany
from shared.middleware import AnswerSender, RequestMiddleware, refuse_bad_address, route_of
from shared.state import part_in

ANSWER = "doorway.answer"  # in the scope: what sends the answer of a request
HEALTH = ("/livez", "/readyz")
# An address may send so many times what it may send to one path, and a network miss what an address may.
PATHS, LINES = 10, 10


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


class Entrance(RequestMiddleware):
    """ASGI middleware outside the framework: passes requests through, and lets in those of its own routes."""

    def __init__(self, app: ASGIApp, settings: GatewaySettings) -> None:
        super().__init__(app, service=OWN, body_bytes_max=settings.body_bytes_max)
        self.settings = settings

    async def answer(
        self, scope: Scope, receive: Receive, send: AnswerSender, headers: Mapping[bytes, bytes]
    ) -> None:
        """Answer one request, and record its refusal."""
        address = client_address(scope, self.settings.trusted_proxies)
        context = RequestContext(address, line_of_address(address))
        answer = GuardedAnswer(send.send)
        scope[SCOPE_KEY], scope[ANSWER] = context, answer
        await super().answer(scope, receive, answer, headers)
        answer.give_back()
        if code := answer.refusal_code:
            self.record_refusal(scope, context, code)

    async def respond(
        self, scope: Scope, receive: Receive, send: Send, headers: Mapping[bytes, bytes]
    ) -> None:
        """Pass a request through, or let it in; raises a refusal once it is counted."""
        context = request_context(scope)
        if scope["path"] not in HEALTH:
            await self.let_in(scope, context)
        if context.destination is not None and context.passes_through:
            await pass_through(scope, receive, send, context, context.destination)
        else:
            await super().respond(scope, receive, send, headers)

    async def let_in(self, scope: Scope, context: RequestContext) -> None:
        """Find out about a request and count it; raises what it is refused for."""
        refusal: Problem | None = None
        try:
            await self.identify(scope, context)
        except Problem as problem:
            refusal = problem
        answer: GuardedAnswer = scope[ANSWER]
        answer.limit = limit = self.count(scope, context)
        refuse_bad_address(scope)
        if context.destination is not None:
            scope["doorway.route"] = context.destination.route.path
        if not limit.allowed:
            raise TooMany(headers={"Retry-After": str(limit.reset_seconds)})
        if refusal is not None:
            raise refusal

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

    def count(self, scope: Scope, context: RequestContext) -> LimitState:
        """Count the request as its route demands, otherwise by its client, or by its address without one."""
        limiter, client, line = part_in(scope, RequestLimiter), context.caller.client_id, context.line
        name = context.limit
        counts = LIMITS[name].counts if name else "client"
        charged = self.charge_guess(scope, context, name) if name and counts == "misses" else []
        own = None if charged else name
        if client is not None and counts in ("client", "misses"):
            states = [limiter.count(own or "client", client.hex)]
        else:
            states = [limiter.count(own or "address", line, PATHS if counts == "path" else 1)]
        if own and counts == "path":
            states.append(limiter.count(own, f"{line} {hash(scope['raw_path'])}"))
        return min([*states, *charged], key=lambda each: (each.allowed, each.remaining))

    def charge_guess(self, scope: Scope, context: RequestContext, name: str) -> list[LimitState]:
        """Count a guess before anybody knows whether it is wrong: many at once are no way round.

        Others behind the address of a client's server do not use up what the client may send. Where an
        address or a client has wrong codes refused, right ones still pass, up to what a network may miss.
        """
        limiter, client = part_in(scope, RequestLimiter), context.caller.client_id
        own = limiter.count(name, context.line if client is None else client.hex)
        network = limiter.count(name, f"network {network_of_address(context.address)}", LINES)
        answer: GuardedAnswer = scope[ANSWER]
        answer.charged, answer.refuses_misses = [own, network], not own.allowed
        return [own.soften(LINES), network]

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
