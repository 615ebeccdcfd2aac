"""The calls to the services: one shared session, bounded in connections and time; no redirects."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
from yarl import URL

from services.gateway.proxy.errors import ServiceUnavailable, UpstreamTimeout
from services.gateway.proxy.table import OWN
from services.gateway.proxy.tokens import Tokens
from services.gateway.settings import GatewaySettings
from shared.auth import Caller
from shared.logs import current_traceparent, log, request_id
from shared.manifest import services_called_by

# Below the 5 s for which uvicorn keeps an idle connection: one that is about to end is not used again.
KEPT_SECONDS = 3
ADDED_BY_AIOHTTP = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Upstream:
    """The services, by name."""

    def __init__(self, settings: GatewaySettings, tokens: Tokens) -> None:
        self.settings, self.tokens = settings, tokens
        self.addresses = {name: settings.address_of(name) for name in services_called_by(OWN)}
        self.session: aiohttp.ClientSession | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Upstream"]:
        """Keep the session open while the block runs."""
        connector = aiohttp.TCPConnector(
            limit=self.settings.upstream_connections, keepalive_timeout=KEPT_SECONDS, ttl_dns_cache=10
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
        *,
        caller: Caller,
        headers: list[tuple[str, str]],
        data: Any = None,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Call a service; `target` is path and query exactly as they are to arrive.

        Raises ServiceUnavailable when it cannot be reached or breaks off, UpstreamTimeout when it is silent.
        """
        if self.session is None:
            raise ServiceUnavailable
        ours = [("Authorization", self.tokens.authorization(caller, service)), *self.context()]
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

    @staticmethod
    def context() -> list[tuple[str, str]]:
        """Return the headers by which the lines of several services are put together."""
        trace = current_traceparent()
        known = [("X-Request-ID", request_id.get())]
        return [*known, ("traceparent", trace)] if trace else known
