"""Lists and searches at a million pieces of feedback, beside the same at a thousand."""

from collections.abc import AsyncGenerator, Mapping

from tests.benchmarks.bench import Bench
from tests.benchmarks.cases.reading import feedback_with_pieces
from tests.benchmarks.load import Request, loaded
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target
from tests.benchmarks.saying import signed

FEW, MANY, SECONDS = 1000, 1_000_000, 2.0
TARGET = Target(ratio_at_most=1.5)
ASKED = {
    "organisation": ("list by organisation", "/v1/feedback?organisation=ods:ZY7"),
    "kind": ("list by a rare kind", "/v1/feedback?kind=paper"),
    "rare": ("search of a rare word", "/v1/search?q=wheelbarrow"),
    "two": ("search of two words", "/v1/search?q=parking+lift"),
    "none": ("search of a word that nobody said", "/v1/search?q=xylophone"),
}
ROWS = {
    name: Row(f"million-{name}", f"{work}, at {MANY:,} pieces, p50", "ms", f"the same at {FEW:,}", TARGET)
    for name, (work, _) in ASKED.items()
}


async def rounds(bench: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Ask a small database and a large one, one request after the other."""
    async with (
        feedback_with_pieces(bench, FEW, "few") as few,
        feedback_with_pieces(bench, MANY, "many") as many,
    ):
        for _ in range(ROUNDS):
            found, headers = {}, signed(bench.stack, "feedback")
            for name, (_, path) in ASKED.items():
                small, large = [
                    (await loaded(each.url, [Request("GET", path)], SECONDS, headers, connections=1)).p50_ms
                    for each in (few, many)
                ]
                found[ROWS[name].name] = Round(large, small)
            yield found


BENCHMARKS = (Benchmark(tuple(ROWS.values()), rounds, is_large=True),)
