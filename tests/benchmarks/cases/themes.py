"""Suggesting themes: the CPU for a comment of those that ship, and the memory that the model takes."""

import time
import tracemalloc
from collections.abc import AsyncGenerator, Mapping

from services.feedback.themes.examples import read_examples
from services.feedback.themes.suggesting import FILE, read_model
from tests.benchmarks.bench import Bench
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target

BYTES_OF_MB = 1_048_576
SUGGESTION = Row(
    "suggestion", "suggesting themes for a comment that ships, CPU", "ms", "none", Target(at_most=1)
)
MODEL = Row("theme-model", "memory to read the model of themes, at most", "MB", "none", Target(at_most=20))


async def rounds(_: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Read the model, and suggest themes for each comment."""
    for examples in [read_examples()] * ROUNDS:
        tracemalloc.start()
        model = read_model(FILE.read_bytes())
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        start = time.process_time()
        for each in examples:
            model.suggest(each.text, each.question, each.rating)
        taken = time.process_time() - start
        yield {
            SUGGESTION.name: Round(taken / len(examples) * 1000),
            MODEL.name: Round(peak / BYTES_OF_MB),
        }


BENCHMARKS = (Benchmark((SUGGESTION, MODEL), rounds),)
