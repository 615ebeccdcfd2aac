"""The board and the measures on an empty database: what they cost when there is nothing to show."""

from collections.abc import AsyncGenerator, Mapping

from tests.benchmarks.bench import Bench
from tests.benchmarks.load import LIVEZ, Request, loaded
from tests.benchmarks.processes import cpu_spent, per_request
from tests.benchmarks.rows import ROUNDS, Benchmark, NotMeasured, Round, Row, Target
from tests.benchmarks.saying import signed

SECONDS, CONNECTIONS = 1.5, 4
LIMIT = "what `/livez` costs the same process"
ASKED = {
    Row("board-empty", "board on an empty database", "ms CPU", LIMIT, Target(at_most=2)): "/v1/board",
    Row(
        "measures-empty", "measures on an empty database", "ms CPU", LIMIT, Target(at_most=2)
    ): "/v1/loops/measures",
}
GROWTH = Row(
    "board-growth",
    "board and measures at 100,000 loops",
    "ms",
    "the same at 100 loops",
    Target(ratio_at_most=1.5),
)


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Ask again and again, and count the CPU of the service and of PostgreSQL."""
    async with bench.database("loop") as settings, bench.served("loop", settings) as served:
        headers = signed(bench.stack, "loop")
        processes = {"loop-api": served.pid, "postgres": bench.stack.pid("postgres")}

        async def cost(path: str) -> Mapping[str, float]:
            with cpu_spent(processes) as spent:
                done = await loaded(served.url, [Request("GET", path)], SECONDS, headers, CONNECTIONS)
            return per_request(spent, done.answered)

        for _ in range(ROUNDS):
            limit = sum((await cost(LIVEZ.path)).values()) / 1000
            found = {}
            for row, path in ASKED.items():
                cpu_us = await cost(path)
                found[row.name] = Round(sum(cpu_us.values()) / 1000, limit, cpu_us)
            yield found


async def rounds_of_growth(_: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Nothing makes 100,000 loops with their histories yet."""
    raise NotMeasured("nothing makes 100,000 loops with their histories yet")
    yield {}


BENCHMARKS = (Benchmark(tuple(ASKED), rounds), Benchmark((GROWTH,), rounds_of_growth))
