"""The registry's worker: it publishes what the registry has to tell."""

import uvloop

from services.registry.settings import Settings
from shared.worker import run_worker


async def main() -> None:
    """Run until told to stop."""
    await run_worker("registry", Settings())


if __name__ == "__main__":
    uvloop.run(main())
