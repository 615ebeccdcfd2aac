"""What the entrance adds to every answer, and what it remembers of a refusal on its way out."""

import orjson
from starlette.types import Message, Send

from services.gateway.entrance.limits import LimitState
from shared.errors import TooMany
from shared.middleware import ENCODED_SECURITY_HEADERS, AnswerSender

HARDENING = [
    *ENCODED_SECURITY_HEADERS,
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"strict-transport-security", b"max-age=31536000"),
    (b"x-frame-options", b"DENY"),
]
REFUSALS = (401, 403)
UNANSWERED, MISSED = 0, 404


class GuardedAnswer(AnswerSender):
    """Sends an answer with the headers of limits and of security, and remembers a refusal's code."""

    def __init__(self, send: Send, limit: LimitState | None = None) -> None:
        super().__init__(send)
        self.limit, self.refusal_body = limit, b""
        self.charged: list[LimitState] = []
        # Whether an answer that the code is nobody's is refused: then nobody learns whether it is.
        self.refuses_misses, self.is_refused_miss = False, False

    def give_back(self) -> None:
        """Take back what was charged as a guess: of what is answered, only a miss counts."""
        if self.status not in (UNANSWERED, MISSED) and not self.is_refused_miss:
            for each in self.charged:
                each.give_back()

    async def __call__(self, message: Message) -> None:
        """Send one message of the answer; TooMany in the place of a miss too many."""
        if self.refuses_misses and message.get("status") == MISSED:
            self.refuses_misses, self.is_refused_miss = False, True
            raise TooMany(headers={"Retry-After": str(self.limit.reset_seconds if self.limit else 1)})
        if self.status in REFUSALS:
            self.refusal_body += message.get("body", b"")
        await super().__call__(message)

    def added_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers to add; a page that brings its own policy keeps it."""
        return HARDENING + (self.limit.headers() if self.limit else [])

    @property
    def refusal_code(self) -> str | None:
        """The code of the problem if the request was refused."""
        if self.status not in REFUSALS:
            return None
        try:
            return str(orjson.loads(self.refusal_body)["code"])
        except (ValueError, KeyError, TypeError):
            return "unknown"
