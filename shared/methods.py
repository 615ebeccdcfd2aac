"""What every address answers besides its own methods: HEAD as GET, OPTIONS, and a complete `Allow`."""

from starlette.datastructures import MutableHeaders
from starlette.routing import BaseRoute, Match, Router
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
        send, method = AllowingSend(self, scope, send), scope["method"]
        # Most requests are neither: only these two are worth a look at the routes.
        if method in ("HEAD", "OPTIONS") and self.is_answered_elsewhere(scope):
            await self.app(scope, receive, send)
        elif method == "HEAD":
            await self.app({**scope, "method": "GET", HEAD: True}, receive, BodilessSend(send))
        elif method == "OPTIONS" and (allowed := self.allowed(scope)):
            headers = [(b"allow", allowed.encode())]
            await send({"type": "http.response.start", "status": 204, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
        else:
            await self.app(scope, receive, send)

    def is_answered_elsewhere(self, scope: Scope) -> bool:
        """Whether a route takes the request whatever its method, such as one that passes requests on."""
        return any(
            matches(route, scope)
            for route in self.router.routes
            if getattr(route, "answers_every_method", False)
        )

    def allowed(self, scope: Scope) -> str:
        """The methods that an address allows, as `Allow` lists them; empty where there is nothing."""
        found = [
            method
            for method in METHODS
            if any(matches(route, {**scope, "method": method}) for route in self.router.routes)
        ]
        if not found:
            return ""
        return ", ".join(sorted([*found, "OPTIONS", *(["HEAD"] if "GET" in found else [])]))


def matches(route: BaseRoute, scope: Scope) -> bool:
    """Whether a route answers a request."""
    return route.matches(dict(scope))[0] is Match.FULL


class AllowingSend:
    """Sends an answer; one that refuses the method lists all that the address allows."""

    def __init__(self, methods: MethodsMiddleware, scope: Scope, send: Send) -> None:
        self.methods, self.scope, self.send = methods, scope, send

    async def __call__(self, message: Message) -> None:
        """Send one message of the answer."""
        is_refused = message["type"] == "http.response.start" and message["status"] == 405
        if is_refused and not self.methods.is_answered_elsewhere(self.scope):
            MutableHeaders(scope=message)["Allow"] = self.methods.allowed(self.scope)
        await self.send(message)


class BodilessSend:
    """Sends the head of an answer, and nothing of its body."""

    def __init__(self, send: Send) -> None:
        self.send = send

    async def __call__(self, message: Message) -> None:
        """Send one message of the answer."""
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self.send(message)
