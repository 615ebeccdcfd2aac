"""The loop's worker: publishes its events and keeps its copies of other services."""

import asyncio

from services.loop.consumers import COPIES
from services.loop.settings import Settings
from shared.worker import run_worker


async def main() -> None:
    """Run until told to stop."""
    await run_worker("loop", Settings(), copies=COPIES)


if __name__ == "__main__":
    asyncio.run(main())
