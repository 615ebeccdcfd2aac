"""What stands around every request: ids, limits, refusal of text that cannot be stored, log and metric."""

import asyncio
import json
import re
import secrets
import time
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from urllib.parse import unquote_to_bytes

from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared import metrics
from shared.errors import (
    BadText,
    BodyTooLarge,
    EncodingNotRead,
    FieldError,
    InternalError,
    Problem,
    TooSlow,
    escaped,
)
from shared.logs import NO_REQUEST, log, places_of, request_id, traceparent
from shared.manifest import manifests

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
# In JSON, U+0000 and halves of surrogate pairs can only come as escapes: most bodies need no closer look.
SUSPECT = re.compile(rb"\\u(0000|[dD][89a-fA-F])")
BAD_TEXT = re.compile("[\0\ud800-\udfff]")
# A body may take this long, and a second more for each so many bytes of it.
BODY_SECONDS = 10.0
BODY_BYTES_PER_SECOND = 8192
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}
ENCODED_SECURITY_HEADERS = [
    (name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()
]


def problem_answer(problem: Problem, found: str | None = None) -> JSONResponse:
    """The answer that tells of a problem with the request at hand, or with the one of this id."""
    found = found or request_id.get()
    body = problem.body(f"urn:doorway:request:{found}", found)
    return JSONResponse(body, problem.status, problem.headers, media_type="application/problem+json")


def whole_problem_answer(problem: Problem) -> JSONResponse:
    """The answer that tells of a problem, complete: for what never comes as far as our middleware."""
    found = request_id.get() if request_id.get() != NO_REQUEST else secrets.token_hex(16)
    answer = problem_answer(problem, found)
    answer.headers.update({"X-Request-ID": found, **SECURITY_HEADERS})
    return answer


def bad_text_within(value: object, pointer: str = "") -> Iterator[str]:
    """Yield the pointer of each string that PostgreSQL cannot hold."""
    if isinstance(value, str) and BAD_TEXT.search(value):
        yield pointer
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from bad_text_within(each, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from (
                [pointer] if BAD_TEXT.search(key) else bad_text_within(each, f"{pointer}/{escaped(key)}")
            )


def plain_body(body: bytes, headers: Mapping[bytes, bytes]) -> bytes:
    """A body without its byte order mark (RFC 8259, 8.1); EncodingNotRead if it is compressed."""
    refuse_encoding(headers.get(b"content-encoding", b"").decode("latin-1"), body)
    return body.removeprefix(BOM_UTF8)


def refuse_encoding(encoding: str, body: bytes) -> None:
    """Refuse a body in an encoding that nothing here reads: it would be taken for what it encodes."""
    if body and encoding.strip().lower() not in ("", "identity"):
        raise EncodingNotRead


def refuse_bad_text(body: bytes) -> None:
    """Refuse a JSON body with text that cannot be stored, naming each field."""
    if not SUSPECT.search(body):
        return
    try:
        pointers = list(bad_text_within(json.loads(body)))
    except (ValueError, RecursionError):
        return  # not JSON: the route that reads the body says so
    if pointers:
        raise BadText(errors=[FieldError(pointer=each, detail=BadText.sentence()) for each in pointers])


def refuse_bad_address(scope: Scope) -> None:
    """Refuse a path or query that is not UTF-8, or is text that cannot be stored."""
    for place, raw in (("path", scope.get("raw_path") or b""), ("query", scope["query_string"])):
        try:
            found = BAD_TEXT.search(unquote_to_bytes(raw).decode())
        except UnicodeDecodeError as error:
            raise BadText(errors=[FieldError(pointer=f"/{place}", detail="is not UTF-8")]) from error
        if found:
            raise BadText(errors=[FieldError(pointer=f"/{place}", detail=BadText.sentence())])


class PacedBody:
    """Receives a request's body; TooSlow when the client takes longer than its size explains.

    Only what we wait for the client counts, not what the client waits for us.
    """

    def __init__(self, receive: Receive) -> None:
        self.receive, self.left, self.open = receive, BODY_SECONDS, True

    async def __call__(self) -> Message:
        """The next message of the request."""
        if not self.open:
            return await self.receive()
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.left):
                message = await self.receive()
        except TimeoutError:
            raise TooSlow from None
        self.left += len(message.get("body", b"")) / BODY_BYTES_PER_SECOND - (time.monotonic() - began)
        self.open = message.get("more_body", False)
        return message


class RequestMiddleware:
    """ASGI middleware: the outermost layer of every service."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        body_bytes_max: int,
        raw_prefixes: tuple[str, ...] = (),
    ) -> None:
        self.app, self.service = app, service
        self.body_bytes_max, self.raw_prefixes = body_bytes_max, raw_prefixes
        routes = manifests()[service].routes if service in manifests() else ()
        self.limits = {route.path: max(route.body_bytes_max, body_bytes_max) for route in routes}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id.set(header_in_form(REQUEST_ID, headers.get(b"x-request-id")) or secrets.token_hex(16))
        traceparent.set(header_in_form(TRACEPARENT, headers.get(b"traceparent")) or new_traceparent())
        await self.answer(scope, receive, AnswerSender(send), headers)

    async def answer(
        self, scope: Scope, receive: Receive, send: "AnswerSender", headers: Mapping[bytes, bytes]
    ) -> None:
        """Pass the request on; answer and log here whatever goes wrong."""
        started = time.perf_counter()
        try:
            await self.respond(scope, PacedBody(receive), send, headers)
        except ClientDisconnect:
            log.info("client_left", route=route_of(scope))
        except Exception as error:
            if not isinstance(error, Problem):
                log.error("failed", error=type(error).__name__, at=places_of(error))
            if send.status:
                raise
            problem = error if isinstance(error, Problem) else InternalError()
            await problem_answer(problem)(scope, receive, send)
        self.note(scope, send.status, time.perf_counter() - started)

    async def respond(
        self, scope: Scope, receive: Receive, send: Send, headers: Mapping[bytes, bytes]
    ) -> None:
        """Let the app answer, with a body that was read whole; raises what is wrong with the request."""
        refuse_bad_address(scope)
        await self.app(scope, await self.read_body(scope, receive, headers), send)

    async def read_body(self, scope: Scope, receive: Receive, headers: Mapping[bytes, bytes]) -> Receive:
        """Read the body, refuse one that is too large or cannot be stored, and hand it on to the app."""
        bytes_max = self.limits.get(scope["path"], self.body_bytes_max)
        if int(headers.get(b"content-length", b"0") or 0) > bytes_max:
            raise BodyTooLarge(f"The body is larger than {bytes_max} bytes: send less at a time.")
        body = await read_bounded(receive, bytes_max)
        if not scope["path"].startswith(self.raw_prefixes or "\0"):
            body = plain_body(body, headers)
            if b"json" in headers.get(b"content-type", b""):
                refuse_bad_text(body)
        read = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def again() -> Message:
            return next(read, None) or await receive()

        return again

    def note(self, scope: Scope, status: int, seconds: float) -> None:
        """Log and count the request by its route template: paths and queries may be personal."""
        route = route_of(scope)
        metrics.requests_like(self.service, scope["method"], route, status).observe(seconds)
        if not route.startswith(("/livez", "/readyz")):
            log.info(
                "answered", method=scope["method"], route=route, status=status, ms=round(seconds * 1000, 1)
            )


class AnswerSender:
    """Sends the answer with the headers that every answer has, and remembers its status."""

    def __init__(self, send: Send) -> None:
        self.send, self.status = send, 0

    async def __call__(self, message: Message) -> None:
        """Send one message of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {**message, "headers": self.whole_headers(message["headers"])}
        await self.send(message)

    def whole_headers(self, given: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        """The headers of the answer with those that it lacks, and with no other id than ours."""
        present = {name for name, _ in given}
        return [
            *(pair for pair in given if pair[0] != b"x-request-id"),
            *(pair for pair in self.added_headers() if pair[0] not in present),
            (b"x-request-id", request_id.get().encode()),
        ]

    def added_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers that an answer has unless it brings its own."""
        return ENCODED_SECURITY_HEADERS


async def read_bounded(receive: Receive, bytes_max: int) -> bytes:
    """The request's body; BodyTooLarge as soon as it is larger."""
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        more = message.get("more_body", False)
        if size > bytes_max:
            raise BodyTooLarge(f"The body is larger than {bytes_max} bytes: send less at a time.")
    return b"".join(parts)


def header_in_form(form: re.Pattern[str], value: bytes | None) -> str | None:
    """A header's value if it has the form"""
    return text if form.fullmatch(text := (value or b"").decode("latin-1")) else None


def new_traceparent() -> str:
    """A new W3C trace context, not sampled by default."""
    digits = secrets.token_hex(24)
    return f"00-{digits[:32]}-{digits[32:]}-00"


def route_of(scope: Scope) -> str:
    """The template of the route that answered; never the path as it was asked for."""
    return str(scope.get("doorway.route") or getattr(scope.get("route"), "path_format", None) or "unmatched")
