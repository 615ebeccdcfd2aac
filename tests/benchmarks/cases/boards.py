"""The board, its feed and the measures: what they cost with nothing to show, and with many loops."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.benchmarks.bench import Bench, Served, connected
from tests.benchmarks.load import LIVEZ, Request, loaded
from tests.benchmarks.loops import live_year, multiply_loops
from tests.benchmarks.processes import cpu_spent, per_request
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target
from tests.benchmarks.saying import signed

SECONDS, CONNECTIONS = 1.5, 4
FEW, MANY = 100, 100_000
KEEPS_NOTHING = {"LOOP_KEPT_BYTES_MAX": "0"}
PATHS = {"board": "/v1/board", "measures": "/v1/loops/measures"}
GROWING = PATHS | {"feed": "/v1/board.atom"}
EMPTY_LIMIT = "what `/livez` costs the same process"


def empty_row(name: str, work: str) -> Row:
    """The row of something that is asked on an empty database."""
    return Row(name, f"{work} on an empty database", "ms CPU", EMPTY_LIMIT, Target(at_most=2))


EMPTY = {name: empty_row(f"{name}-empty", name) for name in PATHS}
ANEW = {name: empty_row(f"{name}-anew", f"{name}, made anew,") for name in PATHS}
GROWTH = {
    name: Row(
        f"{name}-growth",
        f"{name}, made anew, at {MANY:,} loops, p50",
        "ms",
        f"the same at {FEW} loops",
        Target(ratio_at_most=1.5),
    )
    for name in GROWING
}


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Ask again and again, also a service that keeps no answer; count its CPU and PostgreSQL's."""
    headers = signed(bench.stack, "loop")

    async def cost(served: Served, path: str) -> Mapping[str, float]:
        processes = {"loop-api": served.pid, "postgres": bench.stack.pid("postgres")}
        with cpu_spent(processes) as spent:
            done = await loaded(served.url, [Request("GET", path)], SECONDS, headers, CONNECTIONS)
        return per_request(spent, done.answered)

    async with (
        bench.database("loop") as settings,
        bench.served("loop", settings) as keeping,
        bench.served("loop", settings | KEEPS_NOTHING) as forgetting,
    ):
        for _ in range(ROUNDS):
            limit = sum((await cost(keeping, LIVEZ.path)).values()) / 1000
            found = {}
            for rows, served in ((EMPTY, keeping), (ANEW, forgetting)):
                for name, row in rows.items():
                    cpu_us = await cost(served, PATHS[name])
                    found[row.name] = Round(sum(cpu_us.values()) / 1000, limit, cpu_us)
            yield found


@asynccontextmanager
async def loop_with_loops(bench: Bench, count: int, prefix: str, year: str) -> AsyncIterator[Served]:
    """Serve so many loops from a copy of the database of a year, and keep no answer."""
    async with bench.database("loop", prefix, year) as settings:
        await multiply_loops(settings["LOOP_DATABASE_URL"], count)
        async with connected(settings["LOOP_MIGRATION_URL"]) as owner:
            await owner.execute("VACUUM (ANALYZE)", timeout=3600)
        async with bench.served("loop", settings | KEEPS_NOTHING) as served:
            yield served


@asynccontextmanager
async def year_of_loops(bench: Bench) -> AsyncIterator[str]:
    """Let a hundred loops live through a year; gives the name of their database."""
    async with bench.database("loop", "year") as settings:
        await live_year(settings["LOOP_DATABASE_URL"])
        yield urlsplit(settings["LOOP_DATABASE_URL"]).path.removeprefix("/")


async def rounds_of_growth(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Ask about few loops and about many, one request after the other."""
    async with (
        year_of_loops(bench) as year,
        loop_with_loops(bench, FEW, "few", year) as few,
        loop_with_loops(bench, MANY, "many", year) as many,
    ):
        headers = signed(bench.stack, "loop")
        for _ in range(ROUNDS):
            found = {}
            for name, path in GROWING.items():
                small, large = [
                    (await loaded(each.url, [Request("GET", path)], SECONDS, headers, connections=1)).p50_ms
                    for each in (few, many)
                ]
                found[GROWTH[name].name] = Round(large, small)
            yield found


BENCHMARKS = (
    Benchmark((*EMPTY.values(), *ANEW.values()), rounds),
    Benchmark(tuple(GROWTH.values()), rounds_of_growth),
)
