"""The table of benchmarks is made from its figures: medians, ratios, and what is reached."""

from collections.abc import AsyncGenerator, Mapping

import pytest

from tests.benchmarks.bench import Bench
from tests.benchmarks.cases import BENCHMARKS
from tests.benchmarks.cases.masks import FOUND, figures_of
from tests.benchmarks.cases.webhooks import percentile
from tests.benchmarks.limits import literal
from tests.benchmarks.machine import Machine
from tests.benchmarks.planted import MADE, Labelled, labelled_texts
from tests.benchmarks.reasons import REASONS
from tests.benchmarks.report import cells, number, page_of
from tests.benchmarks.rows import NOT_YET, Benchmark, Result, Round, Row, Target

MACHINE = Machine(2, "A Processor", 8.2, "18.6", "2.15.1", "3.11.7")


async def nothing(_: Bench) -> AsyncGenerator[Mapping[str, Round], None]:
    """Measure nothing."""
    yield {}


def row(**bounds: float) -> Row:
    return Row("sent", "what is sent", "/s", "a bare loop", Target(**bounds))


def test_a_ratio_is_the_median_of_the_ratios_of_its_rounds() -> None:
    found = Result(row(ratio_at_least=0.5), (Round(100, 1000), Round(50, 100), Round(30, 50)))
    assert (found.figure, found.limit, found.ratio, found.is_reached) == (50, 100, 0.5, True)


@pytest.mark.parametrize(
    ("bounds", "figure", "limit", "reached"),
    [
        ({"at_least": 10}, 10, None, True),
        ({"at_least": 10}, 9, None, False),
        ({"at_most": 10}, 10, None, True),
        ({"at_most": 10}, 11, None, False),
        ({"at_least": 10, "ratio_at_least": 0.5}, 20, 41, False),
        ({"at_least": 10, "ratio_at_least": 0.5}, 20, 40, True),
        ({"ratio_at_most": 1.5}, 16, 10, False),
        ({"ratio_at_most": 1.5}, 15, 10, True),
        ({"ratio_at_least": 0.5}, 20, None, False),
    ],
)
def test_every_bound_must_be_kept(
    bounds: dict[str, float], figure: float, limit: float | None, reached: bool
) -> None:
    assert Result(row(**bounds), (Round(figure, limit),)).is_reached is reached


def test_a_row_that_was_not_measured_says_why() -> None:
    shown = cells(Result(row(at_least=10), reason="the broker is away"))
    assert shown[1] == "not measured: the broker is away"
    assert shown[5] == "—"


def test_a_round_that_fails_leaves_the_rounds_before() -> None:
    wanted = row()
    (found,) = Benchmark((wanted,), nothing).results([{"sent": Round(3)}], "it broke")
    assert found.figure == 3
    (found,) = Benchmark((wanted,), nothing).results([])
    assert (found.is_reached, found.reason) == (None, NOT_YET)


def test_processes_stand_in_the_order_of_what_they_spend() -> None:
    rounds = Round(1, cpu_us={"nats": 5, "api": 10}), Round(1, cpu_us={"api": 30, "worker": 900})
    assert list(Result(row(), rounds).cpu_us.items()) == [("worker", 450), ("api", 20), ("nats", 2.5)]


@pytest.mark.parametrize(
    ("value", "shown"), [(None, "—"), (0.345, "0.34"), (12.34, "12.3"), (1234.5, "1,234")]
)
def test_numbers_have_the_digits_that_count(value: float | None, shown: str) -> None:
    assert number(value) == shown


def test_the_page_names_the_machine_and_what_each_row_stands_beside() -> None:
    page = page_of([Result(row(at_least=2500, ratio_at_least=0.35), (Round(3000, 6000),))], MACHINE)
    assert "2 cores (A Processor), 8 GB of memory, PostgreSQL 18.6, NATS 2.15.1, Python 3.11.7" in page
    assert "| what is sent | 3,000 /s | 6,000 /s | 0.50 | ≥ 2,500 /s, ≥ 0.35 of the limit | yes | — |" in page
    assert "| what is sent | a bare loop |" in page


def test_the_page_says_what_keeps_a_row_from_what_it_should_reach() -> None:
    missed, kept = (Result(row(at_least=2500), (Round(figure),)) for figure in (2000, 3000))
    assert "- **what is sent**: Not yet looked into." in page_of([missed], MACHINE)
    assert "## What keeps rows" not in page_of([kept], MACHINE)
    assert REASONS.keys() <= {each.name for benchmark in BENCHMARKS for each in benchmark.rows}


def test_every_row_has_a_name_of_its_own_and_something_to_reach() -> None:
    rows = [each for benchmark in BENCHMARKS for each in benchmark.rows]
    assert len({each.name for each in rows}) == len(rows)
    # These stand beside others, to explain them.
    aimless = [each.name for each in rows if not each.target.words(each.unit)]
    assert aimless == ["relay-question-over-all"]


def test_the_labelled_set_is_the_same_each_time_and_its_places_are_right() -> None:
    texts = labelled_texts(300)
    assert texts == labelled_texts(300)
    pieces = [(span.kind, text[span.start : span.stop]) for text, planted in texts for span in planted]
    assert {kind for kind, _ in pieces} == MADE.keys()
    assert all(piece and piece == piece.strip() for _, piece in pieces)


def test_masks_find_what_is_planted_and_little_else() -> None:
    figures = figures_of(labelled_texts(1000))
    assert {each for each, figure in figures.items() if not FOUND[each].target.is_kept(figure, None)} == set()
    nothing_said = [Labelled("Nobody rang me.", ())]
    assert figures_of([*labelled_texts(50), *nothing_said]).keys() == FOUND.keys()


def test_values_stand_in_a_script_as_nothing_that_pgbench_replaces() -> None:
    assert literal('it\'s {"a":null} \\ ') == "E'it''s {\"a\"\\x3Anull} \\\\ '"
    assert literal(None) == "NULL"


def test_a_percentile_is_in_milliseconds() -> None:
    assert percentile([each / 1000 for each in range(101)], 50) == pytest.approx(50)
