"""Whether a stack is settled: every event that was saved is published, and every consumer has taken it."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.request import urlopen

import asyncpg

from deploy.keys import SERVICES
from deploy.local.home import Home
from deploy.local.ports import kept_ports

POLL_SECONDS = 0.1
UNPUBLISHED = "SELECT count(*) FROM outbox WHERE published_at IS NULL"


async def until_settled(home: Home, settings: Mapping[str, str], timeout_seconds: float = 120) -> None:
    """Wait until nothing is on its way between the services; TimeoutError when that takes too long."""
    async with asyncio.timeout(timeout_seconds):
        left = 1
        while left:
            await asyncio.sleep(POLL_SECONDS)
            left = await unpublished(settings) or await asyncio.to_thread(untaken, home)


async def unpublished(settings: Mapping[str, str]) -> int:
    """Return how many events are saved and not yet published."""
    counts = [await count(settings[f"{service.upper()}_DATABASE_URL"], UNPUBLISHED) for service in SERVICES]
    return sum(counts)


async def count(database_url: str, statement: str) -> int:
    """Return the number that a statement asks for."""
    connection = await asyncpg.connect(database_url)
    try:
        return int(await connection.fetchval(statement))
    finally:
        await connection.close()


def untaken(home: Home) -> int:
    """Return how many events the broker has yet to send to a consumer, or to hear of from it."""
    port = kept_ports(home)["nats_monitoring"]
    with urlopen(f"http://127.0.0.1:{port}/jsz?consumers=true", timeout=5) as answer:
        found: dict[str, Any] = json.load(answer)
    streams = [stream for account in found["account_details"] for stream in account.get("stream_detail", [])]
    consumers = [consumer for stream in streams for consumer in stream.get("consumer_detail", [])]
    return sum(each["num_pending"] + each["num_ack_pending"] for each in consumers)
