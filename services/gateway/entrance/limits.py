"""How many requests are let in: counted in this process, by client or by address, in windows of a minute."""

import math
import time
from dataclasses import dataclass, field, replace

from services.gateway.settings import WINDOW_SECONDS, GatewaySettings


class Window:
    """How many requests one client or address made in its minute."""

    __slots__ = ("ends", "requests")

    def __init__(self, ends: float = 0.0) -> None:
        self.ends, self.requests = ends, 0


@dataclass(frozen=True, slots=True)
class LimitState:
    """How much of a limit a caller has used after a request."""

    policy: str
    quota: int
    remaining: int
    reset_seconds: int
    allowed: bool
    window: Window = field(default_factory=Window, repr=False, compare=False)

    def give_back(self) -> None:
        """Take back that the request was counted."""
        self.window.requests -= 1

    def soften(self, times: int) -> "LimitState":
        """The same, but allowed up to so many times the quota."""
        return replace(self, allowed=self.window.requests <= self.quota * times)

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The standard fields (draft-ietf-httpapi-ratelimit-headers)."""
        return [
            (b"ratelimit", f'"{self.policy}";r={self.remaining};t={self.reset_seconds}'.encode()),
            (b"ratelimit-policy", f'"{self.policy}";q={self.quota};w={WINDOW_SECONDS}'.encode()),
        ]


class RequestLimiter:
    """Counts the requests of one process; several gateway processes each count for themselves."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.quotas = {
            "client": settings.client_limit,
            "address": settings.address_limit,
            **settings.route_limits,
        }
        # In the order in which they end: each lasts as long.
        self.windows: dict[tuple[str, str], Window] = {}

    def count(self, policy: str, subject: str, times: int = 1) -> LimitState:
        """Count a request of a client or an address; returns what is left of so many times the limit."""
        moment, quota = time.monotonic(), self.quotas[policy] * times
        self.forget_ended(moment)
        window = self.windows.get((policy, subject))
        if window is None:
            window = self.windows[policy, subject] = Window(moment + WINDOW_SECONDS)
        window.requests += 1
        left = quota - window.requests
        reset_seconds = max(1, math.ceil(window.ends - moment))
        return LimitState(policy, quota, max(0, left), reset_seconds, left >= 0, window)

    def forget_ended(self, moment: float) -> None:
        """Forget the windows that have ended."""
        while self.windows and (oldest := next(iter(self.windows.items())))[1].ends <= moment:
            del self.windows[oldest[0]]
