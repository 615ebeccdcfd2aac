"""`make bench`: what the stack does, beside the limit of each, in one run on one machine."""

import argparse
import time
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import uvloop
from rich.console import Console

from deploy.local.stack import StackFailed
from tests.benchmarks.bench import SETTINGS, Bench
from tests.benchmarks.cases import BENCHMARKS
from tests.benchmarks.machine import machine_of
from tests.benchmarks.report import page_of, table_of
from tests.benchmarks.rows import NOT_YET, Benchmark, NotMeasured, Result
from tests.fixtures.stack import running_stack

WIDTH = 180


def chosen_arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="rows whose names begin so; again for more"
    )
    parser.add_argument("--large", action="store_true", help="also what takes many minutes: a million pieces")
    parser.add_argument("--list", action="store_true", help="name the rows, and measure nothing")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="write the page that shows the results")
    parser.add_argument(
        "--note", default="", help="a sentence for that page, such as what else ran meanwhile"
    )
    return parser.parse_args()


def is_wanted(benchmark: Benchmark, only: Sequence[str] | None, *, large: bool) -> bool:
    """Whether a benchmark is run: what is large, only if it is asked for."""
    if only:
        return any(row.name.startswith(tuple(only)) for row in benchmark.rows)
    return large or not benchmark.is_large


async def measured(benchmark: Benchmark, bench: Bench) -> list[Result]:
    """Measure the rows of a benchmark; whatever goes wrong stands in them, and stops no other."""
    rounds = []
    start = time.monotonic()
    try:
        if benchmark.needs_england:
            await bench.know_england()
        async with aclosing(benchmark.rounds(bench)) as every:
            async for found in every:
                rounds.append(found)  # noqa: PERF401 # what was found stays if a later round fails
        reason = "it has no figure"
    except NotMeasured as why:
        reason = str(why)
    except (Exception, StackFailed) as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    bench.say(f"{benchmark.rows[0].name}: {time.monotonic() - start:.0f} s")
    return benchmark.results(rounds, reason)


async def run(bench: Bench, chosen: argparse.Namespace, console: Console) -> None:
    """Measure what is wanted, and show it."""
    results: list[Result] = []
    for benchmark in BENCHMARKS:
        if is_wanted(benchmark, chosen.only, large=chosen.large):
            results += await measured(benchmark, bench)
        else:
            results += benchmark.results([])
    machine = await machine_of(bench)
    console.print(table_of([each for each in results if each.reason != NOT_YET], machine))
    if chosen.write:
        chosen.write.write_text(page_of(results, machine, chosen.note))


def main() -> None:
    """Bring up a stack, measure it, and take it down."""
    chosen, console = chosen_arguments(), Console(width=WIDTH)
    if chosen.list:
        for benchmark in BENCHMARKS:
            for row in benchmark.rows:
                console.print(f"{row.name}: {row.work}{' (--large)' if benchmark.is_large else ''}")
        return
    with running_stack(**SETTINGS) as stack:
        uvloop.run(run(Bench(stack, console.print), chosen, console))


if __name__ == "__main__":
    main()
