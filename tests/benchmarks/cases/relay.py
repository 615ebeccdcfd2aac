"""What the relay asks at each wake, after a burst whose events are all published."""

import json
from collections.abc import AsyncGenerator, Mapping
from statistics import fmean

from shared.outbox import BATCH, PARTITIONS, RELAY_SETTINGS, Relay
from tests.benchmarks.bench import Bench, connected
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target

BURST, LATER_BURST, QUESTIONS = 181_000, 10_000, 20
SAVED = """
    INSERT INTO outbox (id, partition, aggregate_id, sequence, type, body)
    SELECT uuidv7(), i % 16, gen_random_uuid(), 1, 'feedback.received.v1', repeat('x', 900)
    FROM generate_series(1, $1::int) i"""
ALL = list(range(PARTITIONS))
ROW = Row(
    "relay-question",
    f"relay: one question after a burst ({BURST:,} published rows)",
    "ms",
    "the same question to an empty outbox",
    Target(at_most=1),
)


async def publish_burst(url: str, events: int) -> None:
    """Save events and mark them as published, with the statements of the relay."""
    async with connected(url) as writer:
        await writer.execute(SAVED, events)
    async with connected(url, **RELAY_SETTINGS) as relay:
        while rows := await relay.fetch(Relay.UNPUBLISHED, ALL, BATCH):
            await relay.execute(Relay.MARK, [row["position"] for row in rows])


async def ask(url: str) -> float:
    """How many milliseconds PostgreSQL takes to plan and answer the relay's question, on average."""
    took = []
    async with connected(url, **RELAY_SETTINGS) as relay:
        for _ in range(QUESTIONS):
            explained = await relay.fetchval(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {Relay.UNPUBLISHED}", ALL, BATCH
            )
            (plan,) = json.loads(explained)
            took.append(plan["Planning Time"] + plan["Execution Time"])
    return fmean(took)


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Ask an outbox that is empty, then the same one after bursts."""
    async with bench.database("feedback") as settings:
        url = settings["FEEDBACK_DATABASE_URL"]
        limit = await ask(url)
        for number in range(ROUNDS):
            await publish_burst(url, LATER_BURST if number else BURST)
            yield {ROW.name: Round(await ask(url), limit)}


BENCHMARKS = (Benchmark((ROW,), rounds),)
