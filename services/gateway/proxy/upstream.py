"""The calls to the services: one shared session, bounded in connections and time; no redirects."""

import contextlib
import time
from collections.abc import AsyncIterator
from uuid import UUID

import aiohttp
from yarl import URL

from services.gateway.errors import ServiceUnavailable, UpstreamTimeout
from services.gateway.settings import GatewaySettings
from services.gateway.table import OWN
from shared.auth import Caller, TokenSigner
from shared.logs import current_traceparent, log, request_id
from shared.manifest import services_called_by

# Below the 5 s for which uvicorn keeps an idle connection: one that is about to end is not used again.
IDLE_SECONDS = 3
TOKEN_REUSE_SECONDS = 30
ADDED_BY_AIOHTTP = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class TokenCache:
    """Signed tokens that tell a service who called, each used while it is good for at least half its time."""

    def __init__(self, signer: TokenSigner) -> None:
        self.signer = signer
        self.signed: dict[tuple[UUID | None, str], tuple[float, str]] = {}

    def authorization(self, caller: Caller, service: str) -> str:
        """The `Authorization` header for a call of this caller to a service."""
        cached = self.signed.get((caller.client_id, service))
        moment = time.monotonic()
        if cached is None or cached[0] <= moment:
            cached = moment + TOKEN_REUSE_SECONDS, f"Bearer {self.signer.sign(caller, service)}"
            self.signed[caller.client_id, service] = cached
        return cached[1]


class Upstream:
    """The services, by name."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings
        self.tokens = TokenCache(
            TokenSigner(settings.token_private_key, "doorway-gateway", settings.token_key_id)
        )
        self.addresses = {name: settings.address_of(name) for name in services_called_by(OWN)}
        self.session: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Upstream"]:
        """Keep the session open while the block runs."""
        connector = aiohttp.TCPConnector(
            limit=self.settings.upstream_connections, keepalive_timeout=IDLE_SECONDS, ttl_dns_cache=10
        )
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(
                total=None,
                connect=self.settings.upstream_connect_seconds,
                sock_read=self.settings.upstream_seconds,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=ADDED_BY_AIOHTTP,
            trust_env=False,
        ) as self.session:
            yield self

    @contextlib.asynccontextmanager
    async def call(
        self,
        service: str,
        method: str,
        target: str,
        caller: Caller,
        headers: list[tuple[str, str]],
        data: bytes | AsyncIterator[bytes] | None = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Call a service; `target` is path and query exactly as they must arrive.

        Raises ServiceUnavailable when it cannot be reached or breaks off, UpstreamTimeout when it is silent.
        """
        if self.session is None:
            raise ServiceUnavailable
        ours = [("Authorization", self.tokens.authorization(caller, service)), *trace_headers()]
        try:
            async with self.session.request(
                method,
                URL(self.addresses[service] + target, encoded=True),
                headers=[*headers, *ours],
                data=data,
                allow_redirects=False,
            ) as answer:
                yield answer
        except (aiohttp.ConnectionTimeoutError, aiohttp.ClientConnectorError) as error:
            log.warning("service_away", service=service, error=type(error).__name__)
            raise ServiceUnavailable from error
        except TimeoutError as error:
            log.warning("service_silent", service=service)
            raise UpstreamTimeout from error
        except aiohttp.ClientError as error:
            log.warning("service_broke_off", service=service, error=type(error).__name__)
            raise ServiceUnavailable from error


def trace_headers() -> list[tuple[str, str]]:
    """The headers by which the log lines of several services are put together."""
    trace = current_traceparent()
    named = [("X-Request-ID", request_id.get())]
    return [*named, ("traceparent", trace)] if trace else named
