"""The loop's worker: publishes its events, keeps its copies of other services, and minds the time."""

import asyncio

from services.loop.commitments.domain import slip_overdue
from services.loop.consumers import COPIES, REACTIONS
from services.loop.settings import Settings
from shared.worker import WorkerContext, every, run_worker

TIMER_SECONDS = 60.0


async def count_slips(context: WorkerContext) -> None:
    """Count the commitments whose due date has passed, a loop at a time."""
    counted = 1
    while counted:
        async with context.sessions.begin() as session:
            counted = await slip_overdue(session)
        context.waker.wake()


TIMERS = (every(TIMER_SECONDS, "slips", count_slips),)


async def main() -> None:
    """Run until told to stop."""
    await run_worker("loop", Settings(), copies=COPIES, reactions=REACTIONS, tasks=TIMERS)


if __name__ == "__main__":
    asyncio.run(main())
