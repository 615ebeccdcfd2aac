"""How many requests are let in: counted in this process, by client or by address, in windows of a minute."""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from services.gateway.settings import WINDOW_SECONDS, GatewaySettings


@dataclass(frozen=True, slots=True)
class LimitState:
    """How much of a limit a caller has used after a request."""

    policy: str
    quota: int
    remaining: int
    reset_seconds: int
    allowed: bool

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The standard fields (draft-ietf-httpapi-ratelimit-headers)."""
        return [
            (b"ratelimit", f'"{self.policy}";r={self.remaining};t={self.reset_seconds}'.encode()),
            (b"ratelimit-policy", f'"{self.policy}";q={self.quota};w={WINDOW_SECONDS}'.encode()),
        ]


class RequestLimiter:
    """Counts the requests of one process; several gateway processes each count for themselves."""

    def __init__(self, settings: GatewaySettings) -> None:
        quotas = {"client": settings.client_limit, "address": settings.address_limit, **settings.route_limits}
        self.items: dict[str, RateLimitItem] = {
            name: RateLimitItemPerMinute(quota, namespace=name) for name, quota in quotas.items()
        }
        self.window = FixedWindowRateLimiter(MemoryStorage())

    async def count(self, policy: str, subject: str) -> LimitState:
        """Count a request of a client or an address; returns how much of the limit it has used."""
        item = self.items[policy]
        allowed = await self.window.hit(item, subject)
        stats = await self.window.get_window_stats(item, subject)
        reset_seconds = max(1, math.ceil(stats.reset_time - time.time()))
        return LimitState(policy, item.amount, max(0, stats.remaining), reset_seconds, allowed)
