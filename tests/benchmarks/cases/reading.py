"""Reading: look-up, lists and search, as a share of what the same process answers to `/livez`."""

import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from tests.benchmarks.bench import Bench, Served, connected
from tests.benchmarks.load import LIVEZ, Request, loaded
from tests.benchmarks.pieces import make_bodies_known, make_pieces
from tests.benchmarks.places import boards, postcodes
from tests.benchmarks.processes import cpu_spent, per_request
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target
from tests.benchmarks.saying import Said, make_body_known, signed

SECONDS, ASKED_SECONDS, SAMPLES, PIECES = 2.0, 0.03, 32, 1000
DAYS = ("2016-04-01", "2022-07-01", "2026-04-01")
LIMIT = "`/livez` of the same process"
LIST, PUBLIC = Target(ratio_at_least=0.25), Target(ratio_at_least=0.40)


@dataclass(frozen=True, slots=True)
class Case:
    """A row, the service that answers it, and what is asked again and again."""

    row: Row
    service: str
    requests: Sequence[Request]


def case(name: str, work: str, target: Target, service: str, *paths: str) -> Case:
    """The case that reads some paths in turn."""
    return Case(Row(name, work, "/s", LIMIT, target), service, [Request("GET", path) for path in paths])


LOOKUP = Case(
    Row("lookup", "look-up of a postcode", "/s", LIMIT, LIST),
    "registry",
    [
        Request("POST", "/v1/lookup", {"postcode": each})
        for each in postcodes(random.Random(2016), SAMPLES)  # every run asks for the same
    ],
)
CASES = (
    LOOKUP,
    case(
        "footprints", "page of footprints", PUBLIC, "registry", *(f"/v1/footprints?as_of={d}" for d in DAYS)
    ),
    case(
        "organisations",
        "page of organisations",
        PUBLIC,
        "registry",
        *(f"/v1/organisations?footprint=ods:{each}" for each in boards()),
    ),
    case(
        "lineage",
        "lineage of a footprint",
        PUBLIC,
        "registry",
        *(f"/v1/footprints/ods:{each}/lineage" for each in boards()),
    ),
    case("list", "list of feedback", LIST, "feedback", "/v1/feedback"),
    case("search", "search in feedback", LIST, "feedback", "/v1/search?q=nurse+kind"),
    case("board", "board", PUBLIC, "loop", "/v1/board"),
    case("measures", "measures", PUBLIC, "loop", "/v1/loops/measures"),
)


@asynccontextmanager
async def feedback_with_pieces(bench: Bench, count: int, prefix: str = "bench") -> AsyncIterator[Served]:
    """Serve feedback from a database of its own that holds so many published pieces."""
    async with (
        bench.database("feedback", prefix) as settings,
        bench.served("feedback", settings) as served,
    ):
        async with connected(settings["FEEDBACK_DATABASE_URL"]) as connection:
            await make_body_known(connection)
            await make_bodies_known(connection)
            await loaded(served.url, [Said().request()], 0.1, signed(bench.stack, "feedback"))
            await make_pieces(connection, count)
        async with connected(settings["FEEDBACK_MIGRATION_URL"]) as owner:
            await owner.execute("VACUUM (ANALYZE) feedback", timeout=3600)
        yield served


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Ask each process for `/livez`, then for what it is for."""
    async with AsyncExitStack() as opened:
        served = {"feedback": await opened.enter_async_context(feedback_with_pieces(bench, PIECES))}
        for name in ("registry", "loop"):
            url = bench.stack.settings[f"GATEWAY_{name.upper()}_URL"]
            served[name] = Served(url, bench.stack.pid(f"{name}-api"))
        for _ in range(ROUNDS):
            limits = {
                name: (await loaded(each.url, [LIVEZ], SECONDS)).per_second for name, each in served.items()
            }
            yield {
                each.row.name: await read(bench, each, served[each.service], limits[each.service])
                for each in CASES
            }


async def read(bench: Bench, wanted: Case, served: Served, limit: float) -> Round:
    """Ask for one case for some seconds."""
    processes = {f"{wanted.service}-api": served.pid, "postgres": bench.stack.pid("postgres")}
    headers = signed(bench.stack, wanted.service)
    # Public answers are kept until something changes: each is asked for before the time begins.
    for request in wanted.requests:
        await loaded(served.url, [request], ASKED_SECONDS, headers, connections=1)
    with cpu_spent(processes) as spent:
        done = await loaded(served.url, wanted.requests, SECONDS, headers)
    return Round(done.per_second, limit, per_request(spent, done.answered))


BENCHMARKS = (Benchmark(tuple(each.row for each in CASES), rounds, needs_england=True),)
