"""What tests of locks share: which session waits."""

import asyncio
from typing import cast

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from tests.fixtures.clients import ServiceClient

WAITS = text("SELECT 1 FROM pg_stat_activity WHERE pid = :pid AND wait_event_type = 'Lock'")


async def pid_of(session: AsyncSession) -> int:
    """The number by which the database knows this session."""
    return cast(int, await session.scalar(text("SELECT pg_backend_pid()")))


async def until_it_waits(service: ServiceClient, pid: int) -> None:
    """Return when a session waits for a lock that another holds."""
    async with asyncio.timeout(10):
        while True:
            async with service.state.sessions() as session:
                if await session.scalar(WAITS, {"pid": pid}):
                    return
