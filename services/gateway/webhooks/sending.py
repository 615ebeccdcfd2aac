"""One POST to a subscriber: bounded in time and size, no redirects, only where the guard lets it go."""

import contextlib
import re
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

import aiohttp
from yarl import URL

from services.gateway.errors import AddressRefused
from services.gateway.webhooks.addresses import AddressGuard, ConnectionRefusedByUs, split_url
from services.gateway.webhooks.schedule import retry_after
from shared.clock import now

ANSWER_BYTES_MAX = 4096
HEADERS = {"Content-Type": "application/cloudevents+json", "User-Agent": "Doorway-Webhooks/1"}
GONE = 410
EXCERPT_CHARACTERS = 200
PERSONAL = re.compile(
    r"[\w.+%-]+@[\w.-]+"  # e-mail addresses
    r"|\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b"  # postcodes
    r"|\+?\d(?:[ ().-]{0,2}\d){4,}",  # five digits and more: NHS numbers, telephones, dates of birth
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """The outcome of one attempt."""

    took_ms: int = 0
    status: int | None = None
    error: str | None = None
    excerpt: str | None = None
    retry_after: timedelta | None = None

    @property
    def delivered(self) -> bool:
        """Whether the subscriber has it."""
        return self.error is None

    @property
    def gone(self) -> bool:
        """Whether the subscriber wants no more deliveries."""
        return self.status == GONE


class WebhookSender:
    """Sends webhooks over two shared sessions, one for https and one for allowed networks without it."""

    def __init__(self, sessions: Mapping[str, aiohttp.ClientSession]) -> None:
        self.sessions = sessions

    async def post(self, url: str, body: str, headers: Mapping[str, str]) -> AttemptOutcome:
        """Send one webhook; returns its outcome, whatever goes wrong."""
        started = time.monotonic()
        try:
            outcome = await self._post(url, body, headers)
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, AddressRefused) as error:
            outcome = AttemptOutcome(error=error_class(error))
        took = int((time.monotonic() - started) * 1000)
        return AttemptOutcome(took, outcome.status, outcome.error, outcome.excerpt, outcome.retry_after)

    async def _post(self, url: str, body: str, headers: Mapping[str, str]) -> AttemptOutcome:
        session = self.sessions[split_url(url).scheme]
        async with session.post(
            URL(url, encoded=True), data=body.encode(), headers={**HEADERS, **headers}, allow_redirects=False
        ) as answer:
            if 200 <= answer.status < 300:
                return AttemptOutcome(status=answer.status)
            read = await answer.content.read(ANSWER_BYTES_MAX)
            answer.close()
        wait = retry_after(answer.headers.get("Retry-After"), now())
        error = "redirect" if 300 <= answer.status < 400 else "status"
        return AttemptOutcome(
            status=answer.status, error=error, excerpt=excerpt_of_answer(read), retry_after=wait
        )


def error_class(error: Exception) -> str:
    """The class of an error, as the endpoint's owner reads it."""
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


def excerpt_of_answer(answer: bytes) -> str | None:
    """The beginning of an answer on one line, with what looks personal masked; None when it is empty."""
    text = " ".join(answer.decode("utf-8", "replace").split())
    masked = PERSONAL.sub("[masked]", text)
    printable = "".join(sign if sign.isprintable() else "?" for sign in masked)
    return printable[:EXCERPT_CHARACTERS] or None


@contextlib.asynccontextmanager
async def open_sender(guard: AddressGuard, timeout_seconds: float) -> AsyncIterator[WebhookSender]:
    """A sender whose connections are closed when the block ends."""
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
        yield WebhookSender(sessions)
