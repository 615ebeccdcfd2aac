"""The loop's worker: publishes its events, keeps its copies of other services, and minds the time."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import uvloop
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.passing import open_draft, tell_of_clocks
from services.loop.commitments.domain import slip_overdue
from services.loop.consumers import COPIES, REACTIONS
from services.loop.inheritance.domain import inherit_left_behind
from services.loop.settings import Settings
from services.loop.verdicts.closing import close_due
from shared.worker import Task, WorkerContext, every, run_worker

TIMER_SECONDS = 60.0


def until_done(work: Callable[[AsyncSession], Awaitable[int]]) -> Task:
    """Return a task that does some work, a loop in each transaction, until nothing is left of it."""

    async def run(context: WorkerContext) -> None:
        done = 1
        while done:
            async with context.transaction() as session:
                done = await work(session)

    return run


async def open_drafts(context: WorkerContext) -> None:
    """Open the drafts that nobody has opened in time."""
    last: UUID | None = None
    while True:
        async with context.transaction() as session:
            last = await open_draft(session, last)
        if last is None:
            return


TIMERS = (
    every(TIMER_SECONDS, "slips", until_done(slip_overdue)),
    every(TIMER_SECONDS, "clocks", until_done(tell_of_clocks)),
    every(TIMER_SECONDS, "drafts", open_drafts),
    every(TIMER_SECONDS, "verdicts", until_done(close_due)),
    every(TIMER_SECONDS, "inheritances", until_done(inherit_left_behind)),
)


async def main() -> None:
    """Run until told to stop."""
    await run_worker("loop", Settings(), copies=COPIES, reactions=REACTIONS, tasks=TIMERS)


if __name__ == "__main__":
    uvloop.run(main())
