"""What every address answers besides its own methods: HEAD as GET, OPTIONS, and a complete `Allow`."""

from starlette.datastructures import MutableHeaders
from starlette.routing import Match, Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# In the scope of a request of which only the head of the answer is sent.
HEAD = "doorway.head"
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")


class MethodsMiddleware:
    """ASGI middleware: answers HEAD wherever GET is, and OPTIONS everywhere (RFC 9110, 9.3.2 and 9.3.7)."""

    def __init__(self, app: ASGIApp, *, router: Router) -> None:
        self.app, self.router = app, router

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send, method = self.allowing(scope, send), scope["method"]
        if method == "HEAD":
            await self.app({**scope, "method": "GET", HEAD: True}, receive, bodiless(send))
        elif method == "OPTIONS" and (allowed := self.allowed(scope)):
            await send(
                {"type": "http.response.start", "status": 204, "headers": [(b"allow", allowed.encode())]}
            )
            await send({"type": "http.response.body", "body": b""})
        else:
            await self.app(scope, receive, send)

    def allowing(self, scope: Scope, send: Send) -> Send:
        """Send an answer; one that refuses the method lists all that the address allows."""

        async def send_allowing(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 405:
                MutableHeaders(scope=message)["Allow"] = self.allowed(scope)
            await send(message)

        return send_allowing

    def allowed(self, scope: Scope) -> str:
        """The methods that an address allows, as `Allow` lists them; empty where there is nothing."""
        found = [
            method
            for method in METHODS
            if any(
                route.matches({**scope, "method": method})[0] is Match.FULL for route in self.router.routes
            )
        ]
        # HEAD is where GET is, and OPTIONS where anything is.
        return ", ".join(sorted([*found, *["HEAD"] * ("GET" in found), *["OPTIONS"] * bool(found)]))


def bodiless(send: Send) -> Send:
    """Send the head of an answer, and nothing of its body."""

    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head
