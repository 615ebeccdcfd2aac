"""How many requests are let in: counted in this process, by client or by address, in windows of a minute."""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from services.gateway.settings import GatewaySettings

WINDOW_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a caller stands with a limit after a request."""

    policy: str
    quota: int
    remaining: int
    reset_seconds: int
    allowed: bool

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the standard fields (draft-ietf-httpapi-ratelimit-headers)."""
        return [
            (b"ratelimit", f'"{self.policy}";r={self.remaining};t={self.reset_seconds}'.encode()),
            (b"ratelimit-policy", f'"{self.policy}";q={self.quota};w={WINDOW_SECONDS}'.encode()),
        ]


class Limits:
    """The counters of one process; several gateway processes each count for themselves."""

    def __init__(self, settings: GatewaySettings) -> None:
        quotas = {
            "client": settings.client_limit,
            "address": settings.address_limit,
            **settings.route_limits,
        }
        self.items: dict[str, RateLimitItem] = {
            name: RateLimitItemPerMinute(quota, namespace=name) for name, quota in quotas.items()
        }
        self.counter = FixedWindowRateLimiter(MemoryStorage())

    async def count(self, policy: str, subject: str) -> Standing:
        """Count a request and return where its sender stands."""
        item = self.items[policy]
        allowed = await self.counter.hit(item, subject)
        window = await self.counter.get_window_stats(item, subject)
        reset_seconds = max(1, math.ceil(window.reset_time - time.time()))
        return Standing(policy, item.amount, max(0, window.remaining), reset_seconds, allowed)
