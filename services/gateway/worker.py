"""The gateway's worker: publishes its events and tells endpoints outside of everybody's."""

import asyncio

from services.gateway.consumers import tell_endpoints
from services.gateway.settings import Settings
from services.gateway.webhooks.delivering import deliver_webhooks
from shared.worker import run_worker


async def main() -> None:
    """Run until told to stop."""
    await run_worker("gateway", Settings(), any_event=tell_endpoints, tasks=[deliver_webhooks])


if __name__ == "__main__":
    asyncio.run(main())
