"""The feedback service's worker: relay, copies, mapping of payloads, telling people."""

import uvloop

from services.feedback.consumers import COPIES, REACTIONS
from services.feedback.items.words import mask_again
from services.feedback.sending.tasks import TASKS as TELLING
from services.feedback.settings import Settings
from services.feedback.sources.tasks import TASKS as MAPPING
from shared.worker import every, run_worker, until_done

MASK_SECONDS = 3600
MASKING = (every(MASK_SECONDS, "mask_again", until_done(mask_again)),)


async def main() -> None:
    """Run until told to stop."""
    await run_worker(
        "feedback", Settings(), copies=COPIES, reactions=REACTIONS, tasks=MAPPING + TELLING + MASKING
    )


if __name__ == "__main__":
    uvloop.run(main())
