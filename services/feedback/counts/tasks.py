"""What the worker does for counts: folds changes, and closes months."""

from functools import partial
from typing import cast

from services.feedback.counts.closing import close_next_month
from services.feedback.counts.folding import fold_changes
from services.feedback.settings import Settings
from shared.disclosure import Rounding
from shared.worker import WorkerContext, every, until_done

FOLD_SECONDS = 2
CLOSE_SECONDS = 600


async def close_months(context: WorkerContext) -> None:
    """Make the months public that have settled."""
    settings = cast(Settings, context.settings)
    rounding = Rounding(settings.counts_small, settings.counts_step)
    close = partial(close_next_month, rounding=rounding, settle_days=settings.counts_settle_days)
    await until_done(close)(context)


TASKS = (
    every(FOLD_SECONDS, "count_feedback", until_done(fold_changes)),
    every(CLOSE_SECONDS, "close_months", close_months),
)
