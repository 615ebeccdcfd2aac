"""A batch of 10,000 lines, beside COPY of the rows that it leaves."""

import asyncio
import io
import json
import time
from collections.abc import AsyncGenerator, Mapping

import httpx2

from shared.db import Driver
from tests.benchmarks.bench import Bench, connected
from tests.benchmarks.limits import stored_columns
from tests.benchmarks.processes import cpu_spent, per_request
from tests.benchmarks.rows import ROUNDS, Benchmark, NotMeasured, Round, Row, Target
from tests.benchmarks.saying import WORDS, Said, make_body_known, signed

LINES = 10_000
TABLES = ("reply_code", "feedback", "outbox")
ROW = Row(
    "batch",
    f"batch of {LINES:,} lines",
    "lines/s",
    "COPY of the same rows into the same tables",
    Target(ratio_at_least=0.40),
)


def give_batch(url: str, headers: Mapping[str, str]) -> float:
    """Send a batch and return how long it took; NotMeasured when it is refused."""
    lines = "\n".join(json.dumps(Said(f"{WORDS} {number}").body()) for number in range(LINES))
    start = time.perf_counter()
    answer = httpx2.post(
        f"{url}/v1/feedback/batch",
        content=lines.encode(),
        headers={**headers, "Content-Type": "application/x-ndjson"},
        timeout=120,
    )
    took = time.perf_counter() - start
    if answer.is_error:
        raise NotMeasured(f"{LINES:,} lines are refused: {answer.json()['code']}")
    if answer.json()["accepted"] != LINES:
        raise NotMeasured(f"only {answer.json()['accepted']:,} lines were accepted")
    return took


async def seconds_of_copy(connection: Driver) -> float:
    """How long COPY takes to put into empty tables what they hold."""
    held = {}
    for table in TABLES:
        columns, rows = await stored_columns(connection, table), io.BytesIO()
        await connection.copy_from_table(table, output=rows, columns=columns, format="binary")
        held[table] = columns, rows
    await connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    start = time.perf_counter()
    async with connection.transaction():
        for table, (columns, rows) in held.items():
            rows.seek(0)
            await connection.copy_to_table(table, source=rows, columns=columns, format="binary")
    took = time.perf_counter() - start
    await connection.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    return took


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Store a batch, then the same rows by COPY."""
    async with (
        bench.database("feedback") as settings,
        bench.served("feedback", settings) as served,
        connected(settings["FEEDBACK_MIGRATION_URL"]) as owner,
    ):
        await make_body_known(owner)
        headers = signed(bench.stack, "feedback")
        processes = {"feedback-api": served.pid, "postgres": bench.stack.pid("postgres")}
        for _ in range(ROUNDS):
            with cpu_spent(processes) as spent:
                took = await asyncio.to_thread(give_batch, served.url, headers)
            limit = await seconds_of_copy(owner)
            yield {ROW.name: Round(LINES / took, LINES / limit, per_request(spent, LINES))}


BENCHMARKS = (Benchmark((ROW,), rounds),)
