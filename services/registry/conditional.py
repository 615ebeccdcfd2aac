"""Conditional GET: a repeated request for something unchanged gets 304 without a body (RFC 9110 §13.1.2).

The tag of an answer is a hash of its body, after its version if it has one: so it also serves `If-Match`.
Answers that are streamed bring their own tag, and their routes compare it.
"""

import hashlib
import re
from typing import Any

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.auth import Authentication
from shared.errors import Unauthorised
from shared.state import part_in

# A larger answer has no tag. Pages are far smaller.
BODY_BYTES_MAX = 4_194_304
HASH_BYTES = 8  # as If-Match reads them after a version, see shared/versions.py
TAG = re.compile(r'(?:W/)?("[^"]*")')
# These addresses contain postcodes: nobody may store the answers.
NOT_STORED = "/v1/lookup"


def is_known(headers: Headers, tag: str) -> bool:
    """Whether the caller already has the answer with this tag, by the weak comparison."""
    given = ", ".join(headers.getlist("If-None-Match"))
    return given.strip() == "*" or tag in TAG.findall(given)


def tag_of(body: bytes, version: str | None) -> str:
    """The tag of an answer: its version, if it has one, and a hash of the body."""
    found = hashlib.blake2b(body, digest_size=HASH_BYTES).hexdigest()
    return f'"{version.strip(chr(34))}-{found}"' if version else f'"{found}"'


UNCHANGED: dict[str, Any] = {
    "description": "Nothing has changed: `If-None-Match` has the tag of the present answer."
}


def describe_conditional(router: APIRouter) -> APIRouter:
    """The same router; the API document says that its reads can answer 304."""
    for route in router.routes:
        if isinstance(route, APIRoute) and route.methods == {"GET"}:
            route.responses = {**route.responses, 304: UNCHANGED}
    return router


class ConditionalGet:
    """ASGI middleware: tags each answer to a GET, and sends 304 when the caller already has it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/v1/"):
            send = TaggingSend(scope, send)
        await self.app(scope, receive, send)


class TaggingSend:
    """Holds back an answer in one piece until its body is there; then tags it and leaves out a known body."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self.send = scope, send
        self.held: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Receive one message of the answer."""
        if message["type"] == "http.response.start" and message["status"] in (200, 304):
            self.set_cache_headers(message)
            if is_one_piece(message):
                self.held = message
                return
        if self.held is None:
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if not message.get("more_body", False):
            await self.finish(self.held)

    def set_cache_headers(self, start: Message) -> None:
        """Say who may store the answer: it must be checked each time, and may depend on the caller."""
        headers = MutableHeaders(scope=start)
        headers.add_vary_header("Authorization")
        if not self.scope["path"].startswith(NOT_STORED):
            headers.setdefault("Cache-Control", "no-cache" if self.is_public() else "private, no-cache")

    def is_public(self) -> bool:
        """Whether everybody gets this answer."""
        try:
            caller = part_in(self.scope, Authentication).caller_of(Request(self.scope))
        except Unauthorised:
            return False  # the token has expired since
        return caller.is_anonymous

    async def finish(self, start: Message) -> None:
        """Send the answer with its tag, or 304."""
        headers = MutableHeaders(scope=start)
        headers["ETag"] = tag_of(self.body, headers.get("ETag"))
        if is_known(Headers(scope=self.scope), headers["ETag"]):
            start["status"], self.body = 304, b""
            del headers["Content-Length"], headers["Content-Type"]
        await self.send(start)
        await self.send({"type": "http.response.body", "body": self.body})


def is_one_piece(start: Message) -> bool:
    """Whether an answer comes in one piece that is small enough to hold."""
    length = Headers(raw=start["headers"]).get("Content-Length")
    return start["status"] == 200 and length is not None and int(length) <= BODY_BYTES_MAX
