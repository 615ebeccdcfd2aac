"""Deliveries of webhooks that wait, to one endpoint and to twenty."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from deploy.environment import fields_of
from services.gateway.settings import Settings
from services.gateway.webhooks.signing import signed_headers
from shared.clock import now
from shared.db import Driver, make_engine
from shared.ids import new_id
from tests.benchmarks.bench import Bench, connected
from tests.benchmarks.processes import cpu_spent, per_request
from tests.benchmarks.receivers import receiver
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target
from tests.gateway.webhooks.hooks import Hooks

WAITING, BARE, IN_FLIGHT = 5000, 3000, 32
LOOK_SECONDS = 0.02
BODY = '{"x":"' + "y" * 900 + '"}'
SECRET = b"k" * 32
LIMIT = "a bare loop that signs and sends the same over aiohttp"
TARGET = Target(at_least=2500, ratio_at_least=0.35)
ROWS = {
    number: Row(f"deliveries-{number}", f"deliveries to {name}, {WAITING:,} waiting", "/s", LIMIT, TARGET)
    for number, name in ((1, "one endpoint"), (20, "20 endpoints"))
}
WAIT = """
    INSERT INTO webhook_delivery (id, event_id, endpoint_id, organisation_id, event_type, body, state,
        attempts, created_at, next_attempt_at)
    SELECT uuidv7(), gen_random_uuid(), e.id, e.organisation_id, 'feedback.published.v1', $1, 'pending',
        0, now(), now()
    FROM webhook_endpoint e, generate_series(1, $3::int) WHERE e.id = ANY($2)"""
LEFT = "SELECT count(*) FROM webhook_delivery WHERE state = 'pending'"


async def bare_rate(url: str) -> float:
    """How many signed requests a second a loop sends that does nothing else."""
    left = iter(range(BARE))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def send() -> None:
            for _ in left:
                headers = signed_headers(new_id(), BODY, [SECRET], now())
                async with session.post(url, data=BODY.encode(), headers=headers) as answer:
                    await answer.read()

        start = time.perf_counter()
        await asyncio.gather(*(send() for _ in range(IN_FLIGHT)))
        return BARE / (time.perf_counter() - start)


@asynccontextmanager
async def hooks_of(settings: Mapping[str, str]) -> AsyncIterator[Hooks]:
    """The tools for webhooks in a gateway's database."""
    own = Settings(**fields_of("gateway", settings))
    engine = make_engine(own)
    yield Hooks(engine, own)
    await engine.dispose()


async def delivered_rate(connection: Driver) -> float:
    """How many deliveries a second leave the queue, from the first that does to the last."""
    begun: tuple[float, int] | None = None
    before = WAITING
    while left := int(await connection.fetchval(LEFT)):
        if begun is None and left < before:
            begun = time.perf_counter(), left
        await asyncio.sleep(LOOK_SECONDS)
    if begun is None:
        raise RuntimeError("all were delivered before anybody looked")
    return begun[1] / (time.perf_counter() - begun[0])


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Deliver what waits for one endpoint, then what waits for many, by one worker in its own process."""
    async with (
        bench.database("gateway") as settings,
        hooks_of(settings) as hooks,
        connected(settings["GATEWAY_DATABASE_URL"]) as connection,
        receiver() as url,
        bench.running("tests.benchmarks.deliverer", **settings) as worker,
    ):
        endpoints = {number: [(await hooks.endpoint(url))[0].id for _ in range(number)] for number in ROWS}
        processes = {"delivery worker": worker, "postgres": bench.stack.pid("postgres")}
        for _ in range(ROUNDS):
            found = {}
            for number, row in ROWS.items():
                limit = await bare_rate(url)
                with cpu_spent(processes) as spent:
                    await connection.execute(WAIT, BODY, endpoints[number], WAITING // number)
                    rate = await delivered_rate(connection)
                found[row.name] = Round(rate, limit, per_request(spent, WAITING))
            yield found


BENCHMARKS = (Benchmark(tuple(ROWS.values()), rounds),)
