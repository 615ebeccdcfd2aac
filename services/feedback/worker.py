"""The feedback service's worker: relay, copies of the registry's bodies, mapping of what sources sent."""

import asyncio

from services.feedback.consumers import COPIES
from services.feedback.settings import Settings
from services.feedback.sources.tasks import TASKS
from shared.worker import run_worker


async def main() -> None:
    """Run until told to stop."""
    await run_worker("feedback", Settings(), copies=COPIES, tasks=TASKS)


if __name__ == "__main__":
    asyncio.run(main())
