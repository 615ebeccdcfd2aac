"""The gateway's delivery worker alone in a process, with the settings in its environment."""

import asyncio
import signal

import uvloop

from services.gateway.settings import Settings
from services.gateway.webhooks.addresses import AddressGuard
from services.gateway.webhooks.delivering import DeliveryWorker
from services.gateway.webhooks.sending import open_sender
from shared.db import make_engine
from shared.logs import set_up_logs


async def main() -> None:
    """Deliver until ended."""
    set_up_logs("gateway", "warning")
    settings = Settings()
    engine = make_engine(settings)
    async with open_sender(AddressGuard(settings.allowed_networks), settings.webhook_timeout_seconds) as to:
        task = asyncio.create_task(DeliveryWorker(engine, settings, to).run(lambda: False))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        await asyncio.wait([task])
    await engine.dispose()


if __name__ == "__main__":
    uvloop.run(main())
