"""A load: some connections, each of which sends its next request when the one before is answered."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import aiohttp

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent: a method, a path and, for what has one, a body."""

    method: str
    path: str
    json: object = None


LIVEZ = Request("GET", "/livez")


@dataclass(frozen=True, slots=True)
class Measured:
    """How many were answered, how many of them in a second, and in what time half of them was."""

    per_second: float
    p50_ms: float
    answered: int


async def loaded(
    base_url: str,
    requests: Sequence[Request],
    seconds: float,
    headers: Mapping[str, str] | None = None,
    connections: int = CONNECTIONS,
) -> Measured:
    """Send the requests in turn for some time; RuntimeError when one is refused."""
    took: list[float] = []
    connector = aiohttp.TCPConnector(limit=connections)
    async with aiohttp.ClientSession(base_url, connector=connector, headers=headers) as session:
        start = time.perf_counter()
        ends = start + seconds
        await asyncio.gather(*(sender(session, turned(requests, n), ends, took) for n in range(connections)))
        passed = time.perf_counter() - start
    return Measured(len(took) / passed, median(took) * 1000, len(took))


def turned(requests: Sequence[Request], start: int) -> Sequence[Request]:
    """The same requests, beginning with another."""
    start %= len(requests)
    return [*requests[start:], *requests[:start]]


async def sender(
    session: aiohttp.ClientSession, requests: Sequence[Request], ends: float, took: list[float]
) -> None:
    """Send one request after the other until the time is over."""
    number = 0
    while (sent := time.perf_counter()) < ends:
        wanted = requests[number % len(requests)]
        async with session.request(wanted.method, wanted.path, json=wanted.json) as answer:
            body = await answer.read()
            if answer.status >= 400:
                raise RuntimeError(f"{wanted.method} {wanted.path}: {answer.status} {body[:300]!r}")
        took.append(time.perf_counter() - sent)
        number += 1
