"""The feedback service's worker: relay, copies, mapping of payloads, telling people, retention."""

from functools import partial
from typing import cast

import uvloop

from services.feedback.consumers import COPIES, REACTIONS
from services.feedback.counts.tasks import TASKS as COUNTING
from services.feedback.files.tasks import TASKS as FILES
from services.feedback.heard.tasks import TASKS as HEARING
from services.feedback.items.words import mask_again
from services.feedback.moderation.keys import ErasureKeys
from services.feedback.moderation.retention import erase_overdue
from services.feedback.moderation.rules import publish_by_rule
from services.feedback.sending.tasks import TASKS as TELLING
from services.feedback.settings import Settings
from services.feedback.sources.tasks import TASKS as MAPPING
from shared.worker import WorkerContext, every, run_worker, until_done

MASK_SECONDS = 3600
RETENTION_SECONDS = 3600
PUBLISHING_SECONDS = 30
MASKING = (every(MASK_SECONDS, "mask_again", until_done(mask_again)),)


async def erase_what_is_kept_no_longer(context: WorkerContext) -> None:
    """Erase the feedback that its sources keep no longer, a little in each transaction."""
    keys = ErasureKeys.from_settings(cast(Settings, context.settings))
    await until_done(partial(erase_overdue, keys=keys))(context)


PUBLISHING = (every(PUBLISHING_SECONDS, "publish_by_rule", until_done(publish_by_rule)),)
RETENTION = (every(RETENTION_SECONDS, "erase_what_is_kept_no_longer", erase_what_is_kept_no_longer),)


async def main() -> None:
    """Run until told to stop."""
    tasks = MAPPING + TELLING + MASKING + RETENTION + FILES + COUNTING + HEARING + PUBLISHING
    await run_worker("feedback", Settings(), copies=COPIES, reactions=REACTIONS, tasks=tasks)


if __name__ == "__main__":
    uvloop.run(main())
