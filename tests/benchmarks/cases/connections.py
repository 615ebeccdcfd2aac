"""Connections to PostgreSQL that are opened under load, when all that is needed could be open."""

from collections.abc import AsyncGenerator, Mapping

from shared.db import Driver
from tests.benchmarks.bench import Bench, connected
from tests.benchmarks.load import Request, loaded
from tests.benchmarks.processes import cpu_spent, per_request, processes_of
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target

SECONDS, CONNECTIONS = 4.0, 8
ASKED = [
    Request("GET", path) for path in ("/v1/feedback", "/v1/board", "/v1/loops/measures", "/v1/footprints")
]
OPENED = "SELECT sum(sessions) FROM pg_stat_database WHERE datname <> 'postgres'"
ROW = Row(
    "connections",
    "requests that open a connection to PostgreSQL, 8 at once",
    "%",
    "none",
    Target(at_most=0),
)


async def count_opened(connection: Driver) -> int:
    """How many sessions were opened so far in the databases of the services."""
    return int(await connection.fetchval(OPENED))


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Read through the gateway, once it is warm, and count the sessions that begin meanwhile."""
    async with connected(bench.superuser_url) as connection:
        for _ in range(ROUNDS):
            await loaded(bench.stack.gateway_url, ASKED, SECONDS / 2, connections=CONNECTIONS)
            before = await count_opened(connection)
            with cpu_spent(processes_of(bench.stack)) as spent:
                done = await loaded(bench.stack.gateway_url, ASKED, SECONDS, connections=CONNECTIONS)
            opened = await count_opened(connection) - before
            yield {ROW.name: Round(opened / done.answered * 100, None, per_request(spent, done.answered))}


BENCHMARKS = (Benchmark((ROW,), rounds),)
