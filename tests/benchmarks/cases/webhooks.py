"""How long after its 201 an event reaches a webhook, while an outbox holds what a month leaves in it.

Where the time goes, on two cores that other work kept busy as well (p50): 11 ms until the gateway's
consumer begins its transaction, 14 until the delivery is claimed, and 4 until the receiver has it. Every
step is one or two round trips between processes, and waits for its turn on a core. An event alone costs
9 to 10 ms of CPU, so 100 a second fill one core: PostgreSQL 2.8 ms, the gateway's worker 2.3, the api
1.6, the loop's worker 1.4. The consumer alone makes five round trips and waits once for the disk.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from statistics import quantiles

import aiohttp

from services.gateway.webhooks.signing import signed_headers
from shared.clock import now
from shared.db import Driver
from shared.ids import new_id
from tests.benchmarks.bench import Bench, connected
from tests.benchmarks.cases.deliveries import BODY as EVENT
from tests.benchmarks.cases.deliveries import SECRET, hooks_of
from tests.benchmarks.receivers import noting_receiver, receiver
from tests.benchmarks.rows import ROUNDS, Benchmark, NotMeasured, Round, Row, Target
from tests.benchmarks.saying import BODY, SCOPES, Said, make_body_known

OUTBOX, PER_SECOND, SECONDS = 250_000, 100, 6
PILE_SECONDS, LATE_SECONDS = 1.5, 60
LIMIT = "a bare signed POST to a receiver at the same rate"
ROWS = {
    50: Row(
        "webhook-p50",
        f"201 → webhook at {PER_SECOND}/s with {OUTBOX:,} outbox rows, p50",
        "ms",
        LIMIT,
        Target(at_most=10),
    ),
    99: Row("webhook-p99", "the same, p99", "ms", LIMIT, Target(at_most=40)),
}
PUBLISHED = """
    INSERT INTO outbox (id, partition, aggregate_id, sequence, type, body, published_at)
    SELECT uuidv7(), i % 16, gen_random_uuid(), 1, 'feedback.measured', repeat('x', 900), now()
    FROM generate_series(1, $1::int) i"""
REMOVED = "DELETE FROM outbox WHERE type = 'feedback.measured'"


async def send_steadily(send: Callable[[], Awaitable[None]]) -> None:
    """Send so many in a second, whether or not the ones before are answered; NotMeasured when that fails.

    Where answers pile up, a webhook comes before its 201 is read, and says nothing.
    """
    start = time.perf_counter()
    tasks = []
    for number in range(PER_SECOND * SECONDS):
        await asyncio.sleep(start + number / PER_SECOND - time.perf_counter())
        tasks.append(asyncio.ensure_future(send()))
    await asyncio.gather(*tasks)
    took = time.perf_counter() - start
    if took > SECONDS + PILE_SECONDS:
        raise NotMeasured(
            f"this machine answers only {PER_SECOND * SECONDS / took:.0f} of {PER_SECOND} a second"
        )


def percentile(seconds: Sequence[float], part: int) -> float:
    """A percentile in milliseconds."""
    return quantiles(seconds, n=100, method="inclusive")[part - 1] * 1000


async def bare_latencies(session: aiohttp.ClientSession, url: str) -> list[float]:
    """How long a signed POST takes that nothing stands before."""
    took = []

    async def send() -> None:
        start = time.perf_counter()
        headers = signed_headers(new_id(), EVENT, [SECRET], now())
        async with session.post(url, data=EVENT.encode(), headers=headers) as answer:
            await answer.read()
        took.append(time.perf_counter() - start)

    await send_steadily(send)
    return took


async def latencies(
    session: aiohttp.ClientSession, url: str, key: str, came: Mapping[str, float]
) -> list[float]:
    """How long after its 201 each piece of feedback reaches the receiver."""
    answered: dict[str, float] = {}

    async def send() -> None:
        request = Said().request()
        headers = {"Authorization": f"Bearer {key}"}
        async with session.post(url + request.path, json=request.json, headers=headers) as answer:
            told = await answer.json()
            if answer.status != 201:
                raise NotMeasured(f"feedback was answered {answer.status}")
        answered[told["id"]] = time.perf_counter()

    await send_steadily(send)
    ends = time.monotonic() + LATE_SECONDS
    while answered.keys() - came.keys():
        if time.monotonic() > ends:
            raise NotMeasured(f"{len(answered.keys() - came.keys())} events did not come in {LATE_SECONDS} s")
        await asyncio.sleep(0.05)
    return [max(0.0, came[each] - at) for each, at in answered.items()]


async def fill_outbox(connection: Driver) -> None:
    """Leave published rows in the outbox, and let the statistics know of them."""
    await make_body_known(connection)
    await connection.execute(PUBLISHED, OUTBOX)


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Send bare webhooks at a steady rate, then feedback whose events become webhooks."""
    settings = bench.stack.settings
    async with (
        connected(settings["FEEDBACK_DATABASE_URL"]) as connection,
        hooks_of(settings) as hooks,
        noting_receiver() as (hook, came),
        receiver() as bare,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        await fill_outbox(connection)
        await hooks.endpoint(hook, BODY, event_types=["feedback.received.v1"])
        key = await bench.stack.key("webhooks", *SCOPES, organisation=BODY)
        try:
            for _ in range(ROUNDS):
                limits = await bare_latencies(session, bare)
                found = await latencies(session, bench.stack.gateway_url, key, came)
                yield {
                    row.name: Round(percentile(found, part), percentile(limits, part))
                    for part, row in ROWS.items()
                }
        finally:
            await connection.execute(REMOVED)


BENCHMARKS = (Benchmark(tuple(ROWS.values()), rounds),)
