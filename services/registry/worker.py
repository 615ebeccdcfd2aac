"""The registry's worker: it publishes what the registry has to tell, and minds the time."""

from collections.abc import Awaitable, Callable

import uvloop
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.appointments.staleness import tell_of_stale
from services.registry.bodies.arriving import tell_what_came
from services.registry.knocks.domain import settle_next_silence
from services.registry.mergers.domain import come_into_force
from services.registry.settings import Settings
from services.registry.stakeholders.expiring import erase_expired, tell_of_expiring
from services.registry.suggestions.domain import forget
from shared.worker import Task, WorkerContext, every, run_worker

TIMER_SECONDS = 60.0


def until_done(work: Callable[[AsyncSession], Awaitable[int]]) -> Task:
    """Return a task that does some work, a little in each transaction, until nothing is left of it."""

    async def run(context: WorkerContext) -> None:
        done = 1
        while done:
            async with context.transaction() as session:
                done = await work(session)

    return run


TIMERS = (
    every(TIMER_SECONDS, "knocks", until_done(settle_next_silence)),
    every(TIMER_SECONDS, "consents", until_done(tell_of_expiring)),
    every(TIMER_SECONDS, "addresses", until_done(erase_expired)),
    every(TIMER_SECONDS, "appointments", until_done(tell_of_stale)),
    every(TIMER_SECONDS, "mergers", until_done(come_into_force)),
    every(TIMER_SECONDS, "suggestions", until_done(forget)),
    every(TIMER_SECONDS, "days", until_done(tell_what_came)),
)


async def main() -> None:
    """Run until told to stop."""
    await run_worker("registry", Settings(), tasks=TIMERS)


if __name__ == "__main__":
    uvloop.run(main())
