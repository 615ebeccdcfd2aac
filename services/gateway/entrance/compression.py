"""Answers in gzip for those who take it; each form of an answer has a tag of its own (RFC 9110, 8.8.3)."""

import re
import zlib
from collections.abc import Iterable, Mapping
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.negotiation import preferred_form

BYTES_MIN = 1_024
LEVEL = 4
GZIP_FORMAT = 31  # as `zlib` names a window of 15 bits with the head and tail of gzip
TYPES = re.compile(rb"text/|application/([a-z.+-]*\+)?(json|xml)\b|application/x-ndjson")
GZIP_OR_NOT = b"Accept-Encoding"
MARK = b"-gzip"
MARKED = re.compile(rb'%b(?=")' % MARK)
PRECONDITIONS = (b"if-match", b"if-none-match")
READ_HERE = frozenset({b"accept-encoding", *PRECONDITIONS})


class Compression:
    """ASGI middleware: compresses text, and takes the tags of compressed answers back."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] == "HEAD":
            await self.app(scope, receive, send)
            return
        given = [pair for pair in scope["headers"] if pair[0] in READ_HERE]
        if takes_gzip(*(value for name, value in given if name == b"accept-encoding")):
            known = any(name == b"if-none-match" and MARK in value for name, value in given)
            send = CompressingSend(send, known=known)
        if any(MARK in value for _, value in given):
            scope = {**scope, "headers": unmark_tags(scope["headers"])}
        await self.app(scope, receive, send)


@lru_cache(100)
def takes_gzip(*accepted: bytes) -> bool:
    """Whether a caller prefers gzip, by the lines of its `Accept-Encoding`: few are in use."""
    headers = Headers(raw=[(b"accept-encoding", value) for value in accepted])
    return preferred_form(headers, ("identity", "gzip"), header="accept-encoding") == "gzip"


def unmark_tags(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of a request with tags as the services made them."""
    return [(name, MARKED.sub(b"", value) if name in PRECONDITIONS else value) for name, value in headers]


class CompressingSend:
    """Sends an answer in gzip if it is text and large enough; `known` is whether the caller has it so."""

    def __init__(self, send: Send, *, known: bool) -> None:
        self.send, self.known = send, known
        self.held: Message | None = None

    async def __call__(self, message: Message) -> None:
        """Send one message of the answer."""
        if message["type"] == "http.response.start":
            if message["status"] == 304 and self.known:
                mark_tag(MutableHeaders(scope=message))
            if not is_text(dict(message["headers"])):
                await self.send(message)
                return
            self.held = {**message, "headers": varied(message["headers"])}
            return
        if message["type"] != "http.response.body" or self.held is None:
            await self.send(message)
            return
        await self.send_piece(self.held, message)

    async def send_piece(self, start: Message, message: Message) -> None:
        """Send the first piece of a text as it is if it is all and small, otherwise each compressed."""
        body, more = message.get("body", b""), message.get("more_body", False)
        is_first = not start.get("begun")
        if is_first and not more and len(body) < BYTES_MIN:
            await self.send(start)
            await self.send(message)
            return
        if is_first:
            # Only now: most answers are small, and a compressor takes a quarter of a megabyte.
            self.compressor = zlib.compressobj(LEVEL, wbits=GZIP_FORMAT)
        # Each piece goes on as it comes: it may be all for a while.
        packed = self.compressor.compress(body) + self.compressor.flush(
            zlib.Z_SYNC_FLUSH if more else zlib.Z_FINISH
        )
        if is_first:
            headers = MutableHeaders(scope=start)
            mark_tag(headers)
            headers["Content-Encoding"] = "gzip"
            del headers["Content-Length"]
            if not more:
                headers["Content-Length"] = str(len(packed))
            await self.send(start)
            self.held = {**start, "begun": True}
        await self.send({"type": "http.response.body", "body": packed, "more_body": more})


def is_text(headers: Mapping[bytes, bytes]) -> bool:
    """Whether an answer is text that nobody has encoded yet."""
    return b"content-encoding" not in headers and bool(TYPES.match(headers.get(b"content-type", b"")))


def varied(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of an answer that another caller may get in another form."""
    varies = [value for name, value in headers if name == b"vary"]
    return [*(pair for pair in headers if pair[0] != b"vary"), (b"vary", b", ".join([*varies, GZIP_OR_NOT]))]


def mark_tag(headers: MutableHeaders) -> None:
    """Mark the tag of an answer as that of its compressed form."""
    if tag := headers.get("etag"):
        headers["ETag"] = f'{tag[:-1]}{MARK.decode()}"'
