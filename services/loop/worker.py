"""The loop's worker: it publishes events, keeps copies of other services and acts when time has passed."""

from uuid import UUID

import uvloop

from services.loop.commitments.domain import slip_overdue
from services.loop.consumers import COPIES, REACTIONS
from services.loop.history.masking import mask_again
from services.loop.inheritance.domain import hand_on_left_behind
from services.loop.inheritance.returns import return_next_loop
from services.loop.settings import Settings
from services.loop.sums.folding import fold_changes
from services.loop.timers.domain import announce_clocks, open_draft
from services.loop.verdicts.closing import close_due_loop
from shared.worker import WorkerContext, every, run_worker, until_done

TIMER_SECONDS = 60.0
MASK_SECONDS = 3600.0
FOLD_SECONDS = 5.0


async def open_drafts(context: WorkerContext) -> None:
    """Open the drafts that nobody has opened in time."""
    last: UUID | None = None
    while True:
        async with context.transaction() as session:
            last = await open_draft(session, last)
        if last is None:
            return


async def fold_sums(context: WorkerContext) -> None:
    """Fold what has changed into the sums, again and again; a lock lets one worker at a time do so."""
    while not context.stopping.is_set():
        changed = 1
        while changed:
            async with context.effect() as session:
                changed = await fold_changes(session)
        await context.pause(FOLD_SECONDS)


TASKS = (
    fold_sums,
    every(TIMER_SECONDS, "slips", until_done(slip_overdue)),
    every(TIMER_SECONDS, "clocks", until_done(announce_clocks)),
    every(TIMER_SECONDS, "drafts", open_drafts),
    every(TIMER_SECONDS, "verdicts", until_done(close_due_loop)),
    every(TIMER_SECONDS, "inheritances", until_done(hand_on_left_behind)),
    every(TIMER_SECONDS, "returns", until_done(return_next_loop)),
    every(MASK_SECONDS, "mask_again", until_done(mask_again)),
)


async def main() -> None:
    """Run until told to stop."""
    await run_worker("loop", Settings(), copies=COPIES, reactions=REACTIONS, tasks=TASKS)


if __name__ == "__main__":
    uvloop.run(main())
