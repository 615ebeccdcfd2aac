"""One POST to a subscriber: bounded in time and size, no redirects, only where the guard lets it go."""

import contextlib
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import aiohttp

from services.gateway.webhooks.addresses import AddressGuard, ConnectionRefusedByUs, parts_of
from services.gateway.webhooks.errors import AddressRefused
from services.gateway.webhooks.excerpts import excerpt
from services.gateway.webhooks.schedule import asked_wait
from shared.clock import now

ANSWER_BYTES_MAX = 4096
HEADERS = {"Content-Type": "application/cloudevents+json", "User-Agent": "Doorway-Webhooks/1"}
GONE = 410


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one try."""

    took_ms: int = 0
    status: int | None = None
    error: str | None = None
    excerpt: str | None = None
    asked_wait: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Whether the subscriber has it."""
        return self.error is None

    @property
    def gone(self) -> bool:
        """Whether the subscriber says that it is to get nothing more."""
        return self.status == GONE


class Sender:
    """Sends webhooks over two shared sessions, one for https and one for allowed networks without it."""

    def __init__(self, sessions: Mapping[str, aiohttp.ClientSession]) -> None:
        self.sessions = sessions

    async def post(self, url: str, body: str, headers: Mapping[str, str]) -> Outcome:
        """Send one webhook and return what came of it; whatever goes wrong there is an outcome."""
        started = time.monotonic()
        try:
            outcome = await self._post(url, body, headers)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, AddressRefused) as error:
            outcome = Outcome(error=class_of(error))
        took = int((time.monotonic() - started) * 1000)
        return Outcome(took, outcome.status, outcome.error, outcome.excerpt, outcome.asked_wait)

    async def _post(self, url: str, body: str, headers: Mapping[str, str]) -> Outcome:
        session = self.sessions[parts_of(url).scheme]
        async with session.post(
            url, data=body.encode(), headers={**HEADERS, **headers}, allow_redirects=False
        ) as answer:
            if 200 <= answer.status < 300:
                return Outcome(status=answer.status)
            read = await answer.content.read(ANSWER_BYTES_MAX)
            answer.close()
        wait = asked_wait(answer.headers.get("Retry-After"), now())
        error = "redirect" if 300 <= answer.status < 400 else "status"
        return Outcome(status=answer.status, error=error, excerpt=excerpt(read), asked_wait=wait)


def class_of(error: Exception) -> str:
    """Return the class of an error, as it is shown to the endpoint's owner."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, ConnectionRefusedByUs | AddressRefused | aiohttp.InvalidURL):
        return "address_refused"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "name_not_found"
    if isinstance(error, aiohttp.ClientSSLError) or isinstance(cause, ssl.SSLError | ssl.CertificateError):
        return "tls"
    return "connection" if isinstance(error, aiohttp.ClientOSError) else "protocol"


@contextlib.asynccontextmanager
async def sender(guard: AddressGuard, timeout_seconds: float) -> AsyncIterator[Sender]:
    """Give a sender whose connections are closed afterwards."""
    async with contextlib.AsyncExitStack() as stack:
        sessions = {}
        for scheme in ("https", "http"):
            session = aiohttp.ClientSession(
                connector=guard.connector(cleartext=scheme == "http"),
                timeout=aiohttp.ClientTimeout(total=timeout_seconds),
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                raise_for_status=False,
            )
            sessions[scheme] = await stack.enter_async_context(session)
        yield Sender(sessions)
