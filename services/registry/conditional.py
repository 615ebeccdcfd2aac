"""Conditional GET: whoever asks again for what has not changed gets 304 without a body (RFC 9110 §13.1.2).

The tag of an answer is a hash of its body, after the version where what is read has one: so a tag also serves
`If-Match`. Answers that are streamed bring their own tag, and their routes compare it.
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

# A larger answer goes on as it is, without a tag: pages are far smaller.
BODY_BYTES_MAX = 4_194_304
HASH_BYTES = 8  # what If-Match reads after a version, see shared/versions.py
TAG = re.compile(r'(?:W/)?("[^"]*")')
# A postcode stands in these addresses: nobody is to store what was answered.
NOT_KEPT = "/v1/lookup"


def is_known(headers: Headers, tag: str) -> bool:
    """Tell whether the caller has the answer with this tag already, by the weak comparison."""
    given = ", ".join(headers.getlist("If-None-Match"))
    return given.strip() == "*" or tag in TAG.findall(given)


def tag_of(body: bytes, version: str | None) -> str:
    """Return the tag of an answer: the tag of its version, if it has one, with a hash of the body."""
    found = hashlib.blake2b(body, digest_size=HASH_BYTES).hexdigest()
    return f'"{version.strip(chr(34))}-{found}"' if version else f'"{found}"'


UNCHANGED: dict[str, Any] = {
    "description": "It is as you have it: the tag that you sent in `If-None-Match` is its tag."
}


def documented(router: APIRouter) -> APIRouter:
    """Return a router whose reads are described as what they are: not sent again when known."""
    for route in router.routes:
        if isinstance(route, APIRoute) and route.methods == {"GET"}:
            route.responses = {**route.responses, 304: UNCHANGED}
    return router


class Conditional:
    """ASGI middleware: gives what is read its tag, and keeps back what the caller has already."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["method"] == "GET" and scope["path"].startswith("/v1/"):
            send = Comparing(scope, send)
        await self.app(scope, receive, send)


class Comparing:
    """Sends an answer on; a whole one when its body is there, and without the body if it is known."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.scope, self.send = scope, send
        self.held: Message | None = None
        self.body = b""

    async def __call__(self, message: Message) -> None:
        """Take one message of the answer."""
        if message["type"] == "http.response.start" and message["status"] in (200, 304):
            self.tell_caches(message)
            if is_whole(message):
                self.held = message
                return
        if self.held is None:
            await self.send(message)
            return
        self.body += message.get("body", b"")
        if not message.get("more_body", False):
            await self.finish(self.held)

    def tell_caches(self, start: Message) -> None:
        """Say who may keep the answer: it has to be checked each time, and may depend on who asks."""
        headers = MutableHeaders(scope=start)
        headers.add_vary_header("Authorization")
        if not self.scope["path"].startswith(NOT_KEPT):
            headers.setdefault("Cache-Control", "no-cache" if self.is_public() else "private, no-cache")

    def is_public(self) -> bool:
        """Tell whether the answer is what everybody gets."""
        try:
            caller = part_in(self.scope, Authentication).caller_of(Request(self.scope))
        except Unauthorised:
            return False  # the token ended meanwhile
        return caller.is_anonymous

    async def finish(self, start: Message) -> None:
        """Send the answer with its tag, or only that it has not changed."""
        headers = MutableHeaders(scope=start)
        headers["ETag"] = tag_of(self.body, headers.get("ETag"))
        if is_known(Headers(scope=self.scope), headers["ETag"]):
            start["status"], self.body = 304, b""
            del headers["Content-Length"], headers["Content-Type"]
        await self.send(start)
        await self.send({"type": "http.response.body", "body": self.body})


def is_whole(start: Message) -> bool:
    """Tell whether an answer comes in one piece that can be held."""
    length = Headers(raw=start["headers"]).get("Content-Length")
    return start["status"] == 200 and length is not None and int(length) <= BODY_BYTES_MAX
