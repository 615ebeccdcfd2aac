"""What the relay asks after a burst whose events are all published.

Until a vacuum, the index of what waits still has an entry for each of them. PostgreSQL walks over these in
the order of positions: 181,000 fill 500 pages, which takes 0.5 to 2 ms. At a NOTIFY the relay asks only for
what stands behind that. It asks for all once a second, because positions are not given in the order of
commits.
"""

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
LIMIT = "the same question to an empty outbox"
AT_NOTIFY = Row(
    "relay-question",
    f"relay: the question at a NOTIFY after a burst ({BURST:,} published rows)",
    "ms",
    LIMIT,
    Target(at_most=1),
)
OVER_ALL = Row("relay-question-over-all", "the same over all, once a second", "ms", LIMIT, Target())


async def publish_burst(url: str, events: int) -> None:
    """Save events and mark them as published, with the statements of the relay."""
    async with connected(url) as writer:
        await writer.execute(SAVED, events)
    async with connected(url, **RELAY_SETTINGS) as relay:
        while rows := await relay.fetch(Relay.UNPUBLISHED, ALL, BATCH, 0):
            await relay.execute(Relay.MARK, [row["position"] for row in rows], "feedback", "this")


async def ask(url: str, *, over_all: bool) -> float:
    """How many milliseconds PostgreSQL takes to plan and answer the relay's question, on average."""
    took = []
    async with connected(url, **RELAY_SETTINGS) as relay:
        last = await relay.fetchval("SELECT coalesce(max(position), 0) FROM outbox")
        for _ in range(QUESTIONS):
            explained = await relay.fetchval(
                f"EXPLAIN (ANALYZE, FORMAT JSON) {Relay.UNPUBLISHED}", ALL, BATCH, 0 if over_all else last
            )
            (plan,) = json.loads(explained)
            took.append(plan["Planning Time"] + plan["Execution Time"])
    return fmean(took)


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Ask an outbox that is empty, then the same one after bursts."""
    async with bench.database("feedback") as settings:
        url = settings["FEEDBACK_DATABASE_URL"]
        limit = await ask(url, over_all=True)
        for number in range(ROUNDS):
            await publish_burst(url, LATER_BURST if number else BURST)
            yield {
                AT_NOTIFY.name: Round(await ask(url, over_all=False), limit),
                OVER_ALL.name: Round(await ask(url, over_all=True), limit),
            }


BENCHMARKS = (Benchmark((AT_NOTIFY, OVER_ALL), rounds),)
