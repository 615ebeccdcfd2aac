"""The loop's worker: publishes its events, keeps its copies of other services, and minds the time."""

from uuid import UUID

import uvloop

from services.loop.clocks.passing import open_draft, tell_of_clocks
from services.loop.commitments.domain import slip_overdue
from services.loop.consumers import COPIES, REACTIONS
from services.loop.inheritance.domain import inherit_left_behind
from services.loop.settings import Settings
from services.loop.verdicts.closing import close_due
from shared.worker import WorkerContext, every, run_worker, until_done

TIMER_SECONDS = 60.0


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
