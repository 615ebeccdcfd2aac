"""The import of all postcodes, beside COPY of the same files into a bare table."""

import time
from collections.abc import AsyncGenerator, Mapping

from services.registry.imports.postcodes import FILES, load_postcodes, unpack_file
from shared.db import Driver, engine_to, make_sessions
from tests.benchmarks.bench import Bench, connected
from tests.benchmarks.places import DATA
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target

ROW = Row(
    "postcodes",
    "import of all postcodes, live and ended",
    "rows/s",
    "COPY of the same files into a bare table",
    Target(ratio_at_least=0.25),
)


def say_nothing(_: float) -> None:
    """Say nothing of how far it is."""


async def copy_bare(connection: Driver) -> tuple[int, float]:
    """Copy the files into a bare table; return how many rows there are, and how many a second."""
    await connection.execute("CREATE TEMPORARY TABLE bare (postcode text, area text)")
    start, rows = time.perf_counter(), 0
    for name in FILES:
        source = unpack_file(DATA / name, say_nothing)
        done = await connection.copy_to_table("bare", source=source, format="csv", header=True, timeout=600)
        rows += int(done.split()[-1])
    rate = rows / (time.perf_counter() - start)
    await connection.execute("DROP TABLE bare")
    return rows, rate


async def import_again(url: str) -> float:
    """Import into the empty table, and take it back; return how many seconds the import took."""
    engine = engine_to(url)
    try:
        async with make_sessions(engine)() as session:
            driver = (await (await session.connection()).get_raw_connection()).driver_connection
            assert driver
            await driver.execute("TRUNCATE postcode")
            start = time.perf_counter()
            await load_postcodes(session, DATA, say_nothing)
            took = time.perf_counter() - start
            await session.rollback()
            return took
    finally:
        await engine.dispose()


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Copy bare, then import, in a transaction that is taken back."""
    url = bench.stack.settings["REGISTRY_MIGRATION_URL"]
    async with connected(url) as connection:
        for _ in range(ROUNDS):
            rows, limit = await copy_bare(connection)
            yield {ROW.name: Round(rows / await import_again(url), limit)}


BENCHMARKS = (Benchmark((ROW,), rounds, is_large=True, needs_england=True),)
