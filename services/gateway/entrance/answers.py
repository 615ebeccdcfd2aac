"""What the entrance adds to every answer, and what it notes of a refusal on its way out."""

import orjson
from starlette.types import Message, Send

from services.gateway.entrance.limits import Standing

HARDENING = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-frame-options", b"DENY"),
]
REFUSALS = (401, 403)


class Answer:
    """Sends an answer with the headers of limits and of security, and remembers a refusal's code."""

    def __init__(self, send: Send, standing: Standing | None) -> None:
        self.send, self.standing = send, standing
        self.status = 0
        self.refusal = b""

    async def __call__(self, message: Message) -> None:
        """Send one message of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self.added({name for name, _ in message["headers"]})]
        elif self.status in REFUSALS:
            self.refusal += message.get("body", b"")
        await self.send(message)

    def added(self, present: set[bytes]) -> list[tuple[bytes, bytes]]:
        """Return the headers to add; a page that brings its own policy keeps it."""
        hardening = [(name, value) for name, value in HARDENING if name not in present]
        return hardening + (self.standing.headers() if self.standing else [])

    @property
    def refused(self) -> str | None:
        """Return the code of the problem if the request was refused."""
        if self.status not in REFUSALS:
            return None
        try:
            code = orjson.loads(self.refusal)["code"]
        except (ValueError, KeyError, TypeError):
            return "unknown"
        return str(code)
