"""The stack at rest: its memory, PostgreSQL's processes, and how long it takes to start again."""

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping

import psutil

from deploy.local.stack import bring_down, bring_up
from tests.benchmarks.bench import SETTINGS, Bench
from tests.benchmarks.processes import memory_mb
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target
from tests.fixtures.servers import run_pid

REST_SECONDS = 30
MEMORY = Row("memory", "memory of the whole stack at rest (PSS)", "MB", "none", Target(at_most=450))
SERVERS = Row(
    "postgres-processes",
    "PostgreSQL's processes at rest",
    "",
    "none",
    Target(at_most=25),
)
WARM_START = Row("warm-start", "start of the stack on data that is there", "s", "none", Target(at_most=5))


async def rest(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Leave the stack alone, and look at it; its memory is only known to those who may look."""
    for _ in range(ROUNDS):
        await asyncio.sleep(REST_SECONDS)
        server = psutil.Process(bench.stack.pid("postgres"))
        count = 1 + len(server.children(recursive=True))
        yield {SERVERS.name: Round(count), MEMORY.name: Round(memory_mb(bench.stack))}


async def start_again(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Stop the stack, and start it again."""
    for _ in range(ROUNDS):
        await asyncio.to_thread(bring_down, bench.stack.home)
        start = time.perf_counter()
        await asyncio.to_thread(
            bring_up, bench.stack.home, gateway_port=None, end_with=run_pid(), settings=SETTINGS
        )
        yield {WARM_START.name: Round(time.perf_counter() - start)}


BENCHMARKS = (Benchmark((MEMORY, SERVERS), rest), Benchmark((WARM_START,), start_again))
