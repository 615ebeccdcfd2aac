"""HTTP/1.1 at the socket: bounded heads, no other protocol, and problems for what cannot be read."""

import asyncio
import re
from collections.abc import Awaitable, Iterable
from typing import Any

import httptools
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from shared.errors import BadRequest, HeaderTooLarge, InternalError, Problem, TooSlow, Unavailable
from shared.logs import log, places_of
from shared.middleware import whole_problem_answer

# What may come without completing a head or a piece of a body.
HEAD_BYTES_MAX = 32_768
HEAD_SECONDS = 10.0
# How long what a refused client still sends is thrown away: a connection closed before loses the answer.
LINGER_SECONDS = 2.0
OFFER = (b"upgrade", b"http2-settings")
# What may stand in `Host`: a name or an address, and a port (RFC 9110, 7.2).
HOST = re.compile(rb"[A-Za-z0-9._~%!$&'()*+,;=:\[\]-]*")
ONE_HOST = "A request in HTTP/1.1 names its host: send exactly one `Host` header (RFC 9112, 3.2)."


class Protocol(HttpToolsProtocol):
    """One connection.

    A client may offer another protocol (`Upgrade: h2c`, as Java clients do). The parser then takes the body
    for the first bytes of that protocol. So the head is read once more, without the offer.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.app = always_answering(whole_to_old_clients(self.app))
        self.in_head, self.begun, self.offered, self.refused = True, False, False, False
        self.progressed = False
        self.idle_bytes = 0
        self.problem: Problem | None = None
        self.head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start to wait for a head."""
        super().connection_made(PairedWrites(transport, self.loop))  # type: ignore[arg-type]  # all that is used of one
        self.await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self.stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read what came, unless the client was refused already."""
        if self.refused:
            return
        self._unset_keepalive_if_required()
        if self.in_head:
            self.await_head()
        self.progressed = False
        try:
            self.feed(data)
        except httptools.HttpParserError:
            self.refuse(self.problem or BadRequest("This is not a request in HTTP/1.1. Check what you send."))
            return
        self.idle_bytes = 0 if self.progressed else self.idle_bytes + len(data)
        if self.idle_bytes > HEAD_BYTES_MAX:
            self.refuse(HeaderTooLarge())

    def feed(self, data: bytes) -> None:
        """Let the parser read, and begin again behind a head that offered another protocol."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            if not self.offered:
                raise httptools.HttpParserError("no offer") from None
            self.offered = False
            head = head_without_offer(self.request_line(), self.headers)
            self.parser = httptools.HttpRequestParser(self)
            self.parser.feed_data(head)
            self.feed(data[upgrade.args[0] :])

    def request_line(self) -> bytes:
        """The first line of the request at hand."""
        version = self.parser.get_http_version().encode()
        return b"".join([self.parser.get_method(), b" ", self.url, b" HTTP/", version, b"\r\n"])

    def on_message_begin(self) -> None:
        """Note that a head has begun."""
        self.begun = True
        self.await_head()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header; what comes after the body is none of the head, and is thrown away."""
        if self.in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer, unless the head is too large, or is to be read once more."""
        size = len(self.url) + sum(len(name) + len(value) for name, value in self.headers)
        if size > HEAD_BYTES_MAX or not self.names_host():
            self.problem = HeaderTooLarge() if size > HEAD_BYTES_MAX else BadRequest(ONE_HOST)
            raise self.problem
        if self.parser.should_upgrade():
            self.offered = self.parser.get_method() != b"CONNECT"
            return
        self.in_head, self.progressed = False, True
        self.stop_waiting()
        super().on_headers_complete()

    def names_host(self) -> bool:
        """Whether the head names one host; clients of HTTP/1.0 need not name any."""
        hosts = [HOST.fullmatch(value) for name, value in self.headers if name == b"host"]
        return (all(hosts) and len(hosts) == 1) or (not hosts and self.parser.get_http_version() == "1.0")

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        self.progressed = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Go on to the next head, unless this one is to be read once more."""
        if self.in_head:
            return
        self.in_head, self.begun = True, False
        self.stop_waiting()
        super().on_message_complete()
        if not self.is_answering():
            self.await_next()

    def on_response_complete(self) -> None:
        """Wait for the next request; for the rest of this one only as long as for a head."""
        super().on_response_complete()
        if not self.in_head and not self.is_answering():
            self.await_head()

    def await_next(self) -> None:
        """Give the client a time to begin another request."""
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def await_head(self) -> None:
        """Give the client a time for its head."""
        if self.head_timer is None:
            self.head_timer = self.loop.call_later(HEAD_SECONDS, self.head_is_late)

    def stop_waiting(self) -> None:
        """Wait no longer for a head."""
        if self.head_timer is not None:
            self.head_timer.cancel()
            self.head_timer = None

    def head_is_late(self) -> None:
        """Refuse a head that took too long; hang up when not even its beginning came."""
        self.head_timer = None
        if self.in_head and (self.begun or self.is_answering()):
            self.refuse(TooSlow())
        else:
            self.transport.close()

    def is_answering(self) -> bool:
        """Whether an answer is still to come."""
        return self.cycle is not None and not self.cycle.response_complete

    def refuse(self, problem: Problem) -> None:
        """Answer that the request cannot be read, and close the connection: after the answers before it."""
        self.refused = True
        self.stop_waiting()
        log.info("unreadable", code=problem.code)
        if not self.is_answering():
            self.answer_and_close(problem)
        elif not self.cycle.more_body:
            self.cycle.keep_alive = False
        elif self.cycle.response_started or self.pipeline:
            self.transport.close()
        else:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.answer_and_close(problem)

    def answer_and_close(self, problem: Problem) -> None:
        """Write an answer past the app, and close once the client has had time to read it."""
        answer = whole_problem_answer(problem)
        answer.headers["Connection"] = "close"
        headers = [*self.server_state.default_headers, *answer.raw_headers]
        lines = [name + b": " + value + b"\r\n" for name, value in headers]
        self.transport.write(b"".join([STATUS_LINE[problem.status], *lines, b"\r\n", bytes(answer.body)]))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(LINGER_SECONDS, self.transport.close)


class PairedWrites:
    """A transport that writes pieces at once that come at once: most answers are a head and a body."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.transport, self.loop, self.held = transport, loop, b""

    def __getattr__(self, name: str) -> Any:
        """All else is the transport's own, once what is held was written."""
        self.write_held()
        return getattr(self.transport, name)

    def write(self, data: bytes) -> None:
        """Hold a piece until the next one comes, and no longer than the event loop needs for what is due."""
        held, self.held = self.held, b"" if self.held else data
        if held:
            self.transport.writelines([held, data])
        else:
            self.loop.call_soon(self.write_held)

    def write_held(self) -> None:
        """Write what is held."""
        if self.held:
            self.write(b"")


def head_without_offer(request_line: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The head of a request as its client would have sent it without an offer of another protocol."""
    kept = [(name, without_offer(value) if name == b"connection" else value) for name, value in headers]
    lines = [name + b": " + value + b"\r\n" for name, value in kept if name not in OFFER]
    return b"".join([request_line, *lines, b"\r\n"])


def without_offer(connection: bytes) -> bytes:
    """A `Connection` header without the words of an offer."""
    words = [word.strip() for word in connection.split(b",")]
    return b", ".join(word for word in words if word.lower() not in OFFER)


def whole_to_old_clients(app: ASGIApp) -> ASGIApp:
    """An app that answers in one measured piece to clients of HTTP/1.0, which read no chunks."""

    def answering(scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        is_old = scope.get("http_version") == "1.0" and scope["method"] != "HEAD"
        return app(scope, receive, WholeSend(send) if is_old else send)

    return answering


class WholeSend:
    """Keeps an answer until all of it is there, and sends it with its length."""

    def __init__(self, send: Send) -> None:
        self.send, self.body = send, bytearray()
        self.start: Message | None = None

    async def __call__(self, message: Message) -> None:
        """Receive one message of the answer."""
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.body += message.get("body", b"")
        if self.start is None or message.get("more_body", False):
            return
        headers = [pair for pair in self.start["headers"] if pair[0].lower() != b"transfer-encoding"]
        is_measured = any(name.lower() == b"content-length" for name, _ in headers)
        if not is_measured and self.start["status"] not in (204, 304):
            headers.append((b"content-length", str(len(self.body)).encode()))
        await self.send({**self.start, "headers": headers})
        await self.send({"type": "http.response.body", "body": bytes(self.body)})


def always_answering(app: ASGIApp) -> ASGIApp:
    """An app that answers with a problem wherever it would not answer; its errors keep their words."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        async def answer_unless_begun(problem: type[Problem]) -> None:
            if not begun:
                await whole_problem_answer(problem())(scope, receive, send)

        try:
            await app(scope, receive, noting)
        except asyncio.CancelledError:
            # A stop waited for it, and can wait no longer.
            await answer_unless_begun(Unavailable)
            raise
        except Exception as error:
            log.error("broken_off", error=type(error).__name__, at=places_of(error))
        await answer_unless_begun(InternalError)

    return answering
