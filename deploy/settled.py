"""Whether a stack is settled: every event that was saved is published, and every consumer has taken it."""

import asyncio
from collections.abc import Mapping

import asyncpg
import httpx2

from deploy.keys import SERVICES

POLL_SECONDS = 0.1
UNPUBLISHED = "SELECT count(*) FROM outbox WHERE published_at IS NULL"


async def wait_until_settled(
    broker_url: str, settings: Mapping[str, str], timeout_seconds: float = 120
) -> None:
    """Wait until no event is on its way between the services; TimeoutError when that takes too long."""
    async with asyncio.timeout(timeout_seconds):
        left = 1
        while left:
            await asyncio.sleep(POLL_SECONDS)
            left = await count_unpublished(settings) or await asyncio.to_thread(count_untaken, broker_url)


async def count_unpublished(settings: Mapping[str, str]) -> int:
    """How many events are saved and not yet published."""
    counts = [
        await read_count(settings[f"{service.upper()}_DATABASE_URL"], UNPUBLISHED) for service in SERVICES
    ]
    return sum(counts)


async def read_count(database_url: str, statement: str) -> int:
    """The number that a statement asks for."""
    connection = await asyncpg.connect(database_url)
    try:
        return int(await connection.fetchval(statement))
    finally:
        await connection.close()


def count_untaken(broker_url: str) -> int:
    """How many events a consumer has not received or not acknowledged."""
    answer = httpx2.get(f"{broker_url}/jsz", params={"consumers": "true"}, timeout=5)
    found = answer.raise_for_status().json()
    streams = [stream for account in found["account_details"] for stream in account.get("stream_detail", [])]
    consumers = [consumer for stream in streams for consumer in stream.get("consumer_detail", [])]
    return sum(int(each["num_pending"]) + int(each["num_ack_pending"]) for each in consumers)
