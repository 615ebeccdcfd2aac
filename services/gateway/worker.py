"""The gateway's worker: publishes its events, and queues and delivers every service's events as webhooks."""

import uvloop
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.audit.domain import record_act
from services.gateway.settings import Settings
from services.gateway.webhooks.delivering import delete_old_deliveries, deliver_webhooks
from services.gateway.webhooks.domain import notify_endpoints
from shared.events import Envelope
from shared.worker import every, run_worker

DELETE_SECONDS = 3600


async def take_event(session: AsyncSession, _: None, envelope: Envelope) -> None:
    """Record what the audit holds, and queue an event for each endpoint that may see it and wants it."""
    await record_act(session, envelope)
    await notify_endpoints(session, envelope)


async def main() -> None:
    """Run until told to stop."""
    delete = every(DELETE_SECONDS, "delete_old_deliveries", delete_old_deliveries)
    await run_worker(
        "gateway",
        Settings(),
        any_event=take_event,
        tasks=[deliver_webhooks, delete],
    )


if __name__ == "__main__":
    uvloop.run(main())
