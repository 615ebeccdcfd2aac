"""All benchmarks: what is cheap first, and what needs all that the registry ships last."""

from tests.benchmarks.cases import (
    at_rest,
    batches,
    boards,
    connections,
    deliveries,
    events,
    giving,
    masks,
    postcodes,
    reading,
    relay,
    size,
    themes,
    webhooks,
)
from tests.benchmarks.rows import Benchmark

BENCHMARKS: tuple[Benchmark, ...] = (
    *at_rest.BENCHMARKS,
    *boards.BENCHMARKS,
    *batches.BENCHMARKS,
    *connections.BENCHMARKS,
    *events.BENCHMARKS,
    *relay.BENCHMARKS,
    *deliveries.BENCHMARKS,
    *webhooks.BENCHMARKS,
    *giving.BENCHMARKS,
    *masks.BENCHMARKS,
    *reading.BENCHMARKS,
    *size.BENCHMARKS,
    *themes.BENCHMARKS,
    *postcodes.BENCHMARKS,
)
