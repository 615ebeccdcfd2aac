"""The registry's worker: it publishes events, and does what is due."""

import uvloop

from services.registry.appointments.domain import publish_stale
from services.registry.bodies.arriving import publish_what_came
from services.registry.knocks.domain import settle_next_silence
from services.registry.mergers.domain import publish_due_mergers
from services.registry.settings import Settings
from services.registry.stakeholders.domain import erase_next_expired, publish_next_expiring
from services.registry.suggestions.domain import forget_old
from shared.worker import every, run_worker, until_done

TIMER_SECONDS = 60.0
TIMERS = (
    every(TIMER_SECONDS, "knocks", until_done(settle_next_silence)),
    every(TIMER_SECONDS, "consents", until_done(publish_next_expiring)),
    every(TIMER_SECONDS, "addresses", until_done(erase_next_expired)),
    every(TIMER_SECONDS, "appointments", until_done(publish_stale)),
    every(TIMER_SECONDS, "mergers", until_done(publish_due_mergers)),
    every(TIMER_SECONDS, "suggestions", until_done(forget_old)),
    every(TIMER_SECONDS, "days", until_done(publish_what_came)),
)


async def main() -> None:
    """Run until a signal stops it."""
    await run_worker("registry", Settings(), tasks=TIMERS)


if __name__ == "__main__":
    uvloop.run(main())
