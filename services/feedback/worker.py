"""The feedback service's worker: relay, copies of the registry's bodies."""

import asyncio

from services.feedback.consumers import COPIES
from services.feedback.settings import Settings
from shared.worker import run_worker


async def main() -> None:
    """Run until told to stop."""
    await run_worker("feedback", Settings(), copies=COPIES)


if __name__ == "__main__":
    asyncio.run(main())
