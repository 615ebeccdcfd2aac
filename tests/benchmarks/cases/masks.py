"""Masks: how much of what is planted they cover, how much of what they cover was planted, and how fast."""

import time
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence

from shared.masking import find_personal_data, mask
from tests.benchmarks.bench import Bench
from tests.benchmarks.planted import MADE, Labelled, labelled_texts
from tests.benchmarks.rows import ROUNDS, Benchmark, Round, Row, Target

RECALL, PRECISION = Target(at_least=0.98), Target(at_least=0.95)
SET = "the labelled set of tests/benchmarks/planted.py"
FOUND: dict[tuple[str, str], Row] = {
    (kind, what): Row(
        f"masks-{what}-{kind.replace(' ', '-')}", f"masks: {what} of each {kind}", "", SET, target
    )
    for kind in MADE
    for what, target in (("recall", RECALL), ("precision", PRECISION))
}
SPEED = Row(
    "masks-speed",
    "masks: text that a core reads, one comment in ten with something to mask",
    "MB/s",
    "none",
    Target(at_least=20),
)
# About what a comment has: three sentences, 100 to 300 signs.
TEXTS, SHARE = 20_000, 0.1


def figures_of(texts: Sequence[Labelled]) -> dict[tuple[str, str], float]:
    """Recall and precision by kind: what was planted is covered whole, and what is covered was planted."""
    planted, covered, found, right = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for each in texts:
        spans = list(find_personal_data(each.text))
        for span in each.planted:
            planted[span.kind] += 1
            covered[span.kind] += any(s.start <= span.start and span.stop <= s.stop for s in spans)
        for span in spans:
            found[span.kind] += 1
            right[span.kind] += any(p.start < span.stop and span.start < p.stop for p in each.planted)
    recall = {(str(kind), "recall"): covered[kind] / planted[kind] for kind in MADE}
    return recall | {(str(kind), "precision"): right[kind] / (found[kind] or 1) for kind in MADE}


async def rounds(_: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Count once, which is the same each time, and measure the time of the process again and again."""
    known = {FOUND[each].name: Round(figure) for each, figure in figures_of(labelled_texts()).items()}
    texts = [each.text for each in labelled_texts(TEXTS, SHARE)]
    size = sum(len(text.encode()) for text in texts)
    for _round in range(ROUNDS):
        began = time.process_time()
        for text in texts:
            mask(text)
        yield known | {SPEED.name: Round(size / (time.process_time() - began) / 1e6)}


BENCHMARKS = (Benchmark((*FOUND.values(), SPEED), rounds),)
