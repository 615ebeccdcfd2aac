"""The gateway's worker: publishes its events, and queues and delivers every service's events as webhooks."""

from collections.abc import Sequence

import uvloop
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.audit.domain import record_acts
from services.gateway.settings import Settings
from services.gateway.webhooks.delivering import delete_old_deliveries, deliver_webhooks, move_left_unsent
from services.gateway.webhooks.domain import notify_endpoints
from shared.events import Envelope
from shared.worker import every, run_worker

DELETE_SECONDS, MOVE_SECONDS = 3600, 1


async def take_events(session: AsyncSession, envelopes: Sequence[Envelope]) -> None:
    """Record what the audit holds, and queue events for each endpoint that may see them and wants them."""
    record_acts(session, envelopes)
    await notify_endpoints(session, envelopes)


async def main() -> None:
    """Run until told to stop."""
    delete = every(DELETE_SECONDS, "delete_old_deliveries", delete_old_deliveries)
    await run_worker(
        "gateway",
        Settings(),
        all_events=take_events,
        tasks=[deliver_webhooks, delete, every(MOVE_SECONDS, "move_left_unsent", move_left_unsent)],
    )


if __name__ == "__main__":
    uvloop.run(main())
