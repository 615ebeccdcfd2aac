"""The calls to the services: bounded in connections and time; no redirects."""

import contextlib
import time
from collections.abc import AsyncIterator
from uuid import UUID

from services.gateway.errors import ServiceUnavailable, UpstreamTimeout
from services.gateway.proxy.connection import Answer, Body, BrokenOff, Silent
from services.gateway.proxy.headers import HeaderPairs, head_of_request
from services.gateway.proxy.pool import ConnectionPool, ServiceAddress
from services.gateway.settings import GatewaySettings
from services.gateway.table import OWN
from shared.auth import Caller, TokenSigner
from shared.logs import log, request_id, traceparent
from shared.manifest import services_called_by

TOKEN_REUSE_SECONDS = 30
# What may be asked again when a connection ends that the service was about to end anyway (RFC 9110, 9.2.2).
REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})


class TokenCache:
    """Signed tokens that tell a service who called, each used while it is good for at least half its time."""

    def __init__(self, signer: TokenSigner) -> None:
        self.signer = signer
        self.signed: dict[tuple[UUID | None, str], tuple[float, bytes]] = {}

    def authorization(self, caller: Caller, service: str) -> bytes:
        """The `Authorization` header for a call of this caller to a service."""
        cached = self.signed.get((caller.client_id, service))
        moment = time.monotonic()
        if cached is None or cached[0] <= moment:
            cached = moment + TOKEN_REUSE_SECONDS, f"Bearer {self.signer.sign(caller, service)}".encode()
            self.signed[caller.client_id, service] = cached
        return cached[1]


class Upstream:
    """The services, by name."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.tokens = TokenCache(
            TokenSigner(settings.token_private_key, "doorway-gateway", settings.token_key_id)
        )
        self.addresses = {name: ServiceAddress(settings.address_of(name)) for name in services_called_by(OWN)}
        self.pool = ConnectionPool(
            settings.upstream_connections,
            connect_seconds=settings.upstream_connect_seconds,
            silent_seconds=settings.upstream_seconds,
        )

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Upstream"]:
        """Keep connections while the block runs."""
        try:
            yield self
        finally:
            for address in self.addresses.values():
                address.close_idle()

    @contextlib.asynccontextmanager
    async def call(
        self,
        service: str,
        method: str,
        target: bytes,
        caller: Caller,
        headers: HeaderPairs = (),
        body: Body = b"",
    ) -> AsyncIterator[Answer]:
        """Call a service; `target` is path and query exactly as they must arrive.

        Raises ServiceUnavailable when it cannot be reached or breaks off, UpstreamTimeout when it is silent.
        """
        ours = [(b"authorization", self.tokens.authorization(caller, service)), *trace_headers()]
        address = self.addresses[service]
        head = head_of_request(method, address, target, [*headers, *ours], body)
        try:
            answer = await self.ask(service, method, head, body)
            try:
                yield answer
            finally:
                self.pool.give_back(address, answer.connection)
        except Silent as error:
            log.warning("service_silent", service=service)
            raise UpstreamTimeout from error
        except BrokenOff as error:
            log.warning("service_broke_off", service=service)
            raise ServiceUnavailable from error

    async def ask(self, service: str, method: str, head: bytes, body: Body) -> Answer:
        """The answer to a request; one that may be repeated is, when its connection was about to end."""
        address, is_repeated = self.addresses[service], False
        while True:
            try:
                connection = await self.pool.take(address, is_new=is_repeated)
            except OSError as error:
                log.warning("service_away", service=service, error=type(error).__name__)
                raise ServiceUnavailable from error
            try:
                return await connection.ask(head, body, has_answer_body=method != "HEAD")
            except BaseException as error:
                self.pool.give_back(address, connection)
                is_stale = isinstance(error, BrokenOff) and error.was_stale
                if is_repeated or not (is_stale and method in REPEATABLE and isinstance(body, bytes)):
                    raise
                is_repeated = True


def trace_headers() -> list[tuple[bytes, bytes]]:
    """The headers by which the log lines of several services are put together."""
    trace = traceparent.get()
    named = [(b"x-request-id", request_id.get().encode())]
    return [*named, (b"traceparent", trace.encode())] if trace else named
