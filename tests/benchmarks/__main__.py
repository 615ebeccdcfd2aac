"""`make bench`: what the registry answers in a second, beside the same statements run by pgbench.

All in one run on one machine: read the ratios, for absolute rates move with the machine. Each figure is the
median of several rounds, taken in turn.
"""

import asyncio
import random
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import uvloop
from rich.console import Console
from rich.table import Table

from deploy.environment import fields_of
from services.registry.main import create_app
from services.registry.settings import Settings
from tests.benchmarks.load import Measured, Request, loaded
from tests.benchmarks.places import boards, postcodes
from tests.benchmarks.statements import collected, pgbench, scripts
from tests.fixtures.clients import ServiceClient, lifespan, token_for
from tests.fixtures.stack import Stack, running_stack

ROUNDS, SECONDS, SAMPLES = 3, 4.0, 32
DAYS = ("2016-04-01", "2022-07-01", "2026-04-01")
MANY = str(1_000_000_000)


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked again and again."""

    name: str
    requests: Sequence[Request]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one round measured of a case."""

    limit: float
    service: Measured
    gateway: Measured


def cases() -> list[Case]:
    """What is measured; every run asks for the same places."""
    chance = random.Random(2016)
    return [
        Case(
            "lookup of a postcode",
            [Request("POST", "/v1/lookup", {"postcode": each}) for each in postcodes(chance, SAMPLES)],
        ),
        Case("directory page of footprints", [Request("GET", f"/v1/footprints?as_of={day}") for day in DAYS]),
        Case(
            "directory page of organisations",
            [Request("GET", f"/v1/organisations?footprint=ods:{each}") for each in boards()],
        ),
        Case(
            "lineage of a footprint",
            [Request("GET", f"/v1/footprints/ods:{each}/lineage") for each in boards()],
        ),
    ]


async def statements_of(stack: Stack, case: Case) -> list[list[str]]:
    """The statements of each answer, once the service has answered the same before."""
    settings = Settings(**fields_of("registry", stack.settings), log_level="warning")
    app = create_app(settings)
    found = []
    async with lifespan(app), ServiceClient(app, "registry", stack.home.secrets) as client:
        for wanted in case.requests:
            await client.request(wanted.method, wanted.path, json=wanted.json)
            with collected(client.state.engine) as statements:
                answer = await client.request(wanted.method, wanted.path, json=wanted.json)
            if answer.is_error:
                raise RuntimeError(answer.text)
            found.append(statements)
    return found


async def measured(stack: Stack, case: Case, options: Sequence[str]) -> Figures:
    """Measure a case once: the limit, the service, the gateway before it."""
    url = fields_of("registry", stack.settings)["database_url"]
    limit = await asyncio.to_thread(pgbench, url, options, SECONDS)
    token = {"Authorization": f"Bearer {token_for(stack.home.secrets, 'registry')}"}
    service = await loaded(stack.settings["GATEWAY_REGISTRY_URL"], case.requests, SECONDS, token)
    gateway = await loaded(stack.gateway_url, case.requests, SECONDS)
    return Figures(limit, service, gateway)


async def bench(stack: Stack, folder: Path, say: Callable[[str], None]) -> Table:
    """Measure every case in every round, and return the table of medians."""
    every = cases()
    options = {}
    for case in every:
        taken = await statements_of(stack, case)
        options[case.name] = scripts(folder, case.name.replace(" ", "-"), taken)
        say(f"{case.name}: {median(len(each) for each in taken):.0f} statements")
    rounds: dict[str, list[Figures]] = {case.name: [] for case in every}
    for number in range(ROUNDS):
        say(f"round {number + 1} of {ROUNDS}")
        for case in every:
            rounds[case.name].append(await measured(stack, case, options[case.name]))
    return table_of(rounds)


def table_of(rounds: dict[str, list[Figures]]) -> Table:
    """The medians as a table."""
    table = Table(title=f"Answers a second, medians of {ROUNDS} rounds, {datetime.now(UTC):%d %B %Y}")
    for column in ("", "pgbench", "service", "of pgbench", "p50 ms", "gateway", "of pgbench", "p50 ms"):
        table.add_column(column, justify="right" if column else "left")
    for name, found in rounds.items():
        row = [name, f"{median(each.limit for each in found):,.0f}"]
        for where in ("service", "gateway"):
            rates = [getattr(each, where) for each in found]
            ratio = median(rate.per_second / each.limit for rate, each in zip(rates, found, strict=True))
            row += [f"{median(rate.per_second for rate in rates):,.0f}", f"{ratio:.2f}"]
            row.append(f"{median(rate.p50_ms for rate in rates):.1f}")
        table.add_row(*row)
    return table


def main() -> None:
    """Bring up a stack with all that the registry ships, measure it, and take it down."""
    console = Console(width=110)
    with (
        running_stack(GATEWAY_CLIENT_LIMIT=MANY, GATEWAY_ADDRESS_LIMIT=MANY) as stack,
        tempfile.TemporaryDirectory() as folder,
    ):
        console.print("loading the registry …")
        stack.doorway("registry", "import")
        asyncio.run(stack.settled(120))
        console.print(uvloop.run(bench(stack, Path(folder), console.print)))


if __name__ == "__main__":
    main()
