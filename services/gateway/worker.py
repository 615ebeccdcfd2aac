"""The gateway's worker: publishes its events and tells endpoints outside of everybody's."""

import uvloop

from services.gateway.consumers import tell_endpoints
from services.gateway.settings import Settings
from services.gateway.webhooks.delivering import deliver_webhooks, forget_old
from shared.worker import every, run_worker

FORGET_SECONDS = 3600


async def main() -> None:
    """Run until told to stop."""
    forget = every(FORGET_SECONDS, "forget_old_deliveries", forget_old)
    await run_worker("gateway", Settings(), any_event=tell_endpoints, tasks=[deliver_webhooks, forget])


if __name__ == "__main__":
    uvloop.run(main())
