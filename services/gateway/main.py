"""The gateway: who may come in, and who is told outside."""

import contextlib
from collections.abc import AsyncIterator
from functools import partial

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from services.gateway.audit import routes as audit
from services.gateway.audit.refusals import RefusalLog
from services.gateway.clients import routes as clients
from services.gateway.clients.keyring import Keyring
from services.gateway.entrance.compression import Compression
from services.gateway.entrance.limits import RequestLimiter
from services.gateway.entrance.middleware import Entrance, caller_of_request
from services.gateway.openapi import routes as openapi
from services.gateway.proxy.body import StreamPlaces
from services.gateway.proxy.upstream import Upstream
from services.gateway.settings import GatewaySettings, Settings
from services.gateway.webhooks import delivery_routes as deliveries
from services.gateway.webhooks import routes as webhooks
from services.gateway.webhooks.pull import WaitingPlaces
from services.gateway.webhooks.resolving import NameResolver
from shared.app import service_app
from shared.errors import Forbidden
from shared.middleware import whole_problem_answer
from shared.state import ServiceState

# Who waits for the name of an endpoint keeps a connection to the database, of which all need some.
NAMES_WAITING = 3
SLICES = (clients, audit, webhooks, deliveries)

CORS_HEADERS = "Authorization Content-Type Doorway-Actor Idempotency-Key If-Match If-None-Match"
KEPT_BY_PREFLIGHT = ("vary", "access-control-allow-origin")
CORS_EXPOSED_HEADERS = (
    "Allow Content-Disposition ETag Idempotent-Replayed Link Location RateLimit RateLimit-Policy Retry-After "
    "X-Request-ID"
)


class Preflight(CORSMiddleware):
    """Answers browsers that ask first; refuses them as everything is refused."""

    def preflight_response(self, request_headers: Headers) -> Response:
        """The answer to a browser that asks what it may send."""
        answer = super().preflight_response(request_headers)
        if answer.status_code < 400:
            return answer
        refused = Forbidden("Scripts of this web origin may not send this. Ask whoever runs Doorway.")
        refused.headers = {name: answer.headers[name] for name in answer.headers if name in KEPT_BY_PREFLIGHT}
        return whole_problem_answer(refused)


def create_app(settings: GatewaySettings | None = None) -> FastAPI:
    """Build the gateway's app."""
    settings = settings or Settings()
    app = service_app(
        "gateway",
        settings,
        lifespan=partial(lifespan, settings=settings),
        authenticate=caller_of_request,
        is_entrance=True,
    )
    for slice_ in SLICES:
        app.include_router(slice_.router)
    own_document(app)
    add_entrance(app, settings)
    return app


@contextlib.asynccontextmanager
async def lifespan(state: ServiceState, settings: GatewaySettings) -> AsyncIterator[tuple[object, ...]]:
    """Open what requests need: the keys, the services, the log of refusals, the counts for the limits."""
    async with (
        Keyring(state.engine, settings).running() as keyring,
        Upstream(settings).running() as upstream,
        RefusalLog(state.sessions).running() as refusals,
    ):
        places = StreamPlaces(settings.upstream_streams), WaitingPlaces(), NameResolver(NAMES_WAITING)
        yield keyring, upstream, refusals, RequestLimiter(settings), *places


def own_document(app: FastAPI) -> None:
    """Serve the joined document where the framework would serve the gateway's own."""
    app.router.routes = [
        route for route in app.router.routes if getattr(route, "path", "") != app.openapi_url
    ]
    app.include_router(openapi.router)


def add_entrance(app: FastAPI, settings: GatewaySettings) -> None:
    """Put the entrance outside the framework, whose layers cost more than all that it does itself."""
    # A redirect would be made from the Host header, which anyone can write.
    app.router.redirect_slashes = False
    app.add_exception_handler(Exception, leave_to_entrance)
    front: ASGIApp = Compression(Entrance(app.build_middleware_stack(), settings))
    if settings.cors_origins:
        front = Preflight(
            front,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "HEAD", "POST", "PATCH", "DELETE"],
            allow_headers=CORS_HEADERS.split(),
            expose_headers=CORS_EXPOSED_HEADERS.split(),
        )
    app.middleware_stack = front


async def leave_to_entrance(_: Request, fault: Exception) -> Response:
    """Raise a fault again where the framework would answer it: the entrance answers and logs it."""
    raise fault
