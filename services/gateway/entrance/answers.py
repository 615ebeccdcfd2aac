"""What the entrance adds to every answer, and what it remembers of a refusal on its way out."""

import orjson
from starlette.types import Message, Send

from services.gateway.entrance.limits import LimitState

HARDENING = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-frame-options", b"DENY"),
]
REFUSALS = (401, 403)


class GuardedAnswer:
    """Sends an answer with the headers of limits and of security, and remembers a refusal's code."""

    def __init__(self, send: Send, limit: LimitState | None) -> None:
        self.send, self.limit = send, limit
        self.status = 0
        self.refusal_body = b""

    async def __call__(self, message: Message) -> None:
        """Send one message of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            present = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *self.added_headers(present)]
        elif self.status in REFUSALS:
            self.refusal_body += message.get("body", b"")
        await self.send(message)

    def added_headers(self, present: set[bytes]) -> list[tuple[bytes, bytes]]:
        """The headers to add; a page that brings its own policy keeps it."""
        hardening = [(name, value) for name, value in HARDENING if name not in present]
        return hardening + (self.limit.headers() if self.limit else [])

    @property
    def refusal_code(self) -> str | None:
        """The code of the problem if the request was refused."""
        if self.status not in REFUSALS:
            return None
        try:
            return str(orjson.loads(self.refusal_body)["code"])
        except (ValueError, KeyError, TypeError):
            return "unknown"
