"""The table of results: on the terminal, and as `docs/performance.md`."""

from collections.abc import Sequence
from datetime import UTC, datetime

from rich.table import Table

from tests.benchmarks.machine import Machine
from tests.benchmarks.reasons import REASONS
from tests.benchmarks.rows import NOT_YET, ROUNDS, Result

PROCESSES_SHOWN = 5
HEADINGS = ("work", "figure", "limit", "ratio", "to reach", "reached", "CPU µs a request")
WORDS = {True: "yes", False: "no", None: "—"}
INTRODUCTION = f"""# Performance

What one machine does, and how near that is to what it could do. `make bench` measures each row of this table.
`python -m tests.benchmarks --write docs/performance.md` writes this page: do not change it by hand.

Read the ratios. A rate moves with the machine, by a factor of three even between two runs on the same one. So
each round measures a limit and our figure in turn. Each number is the median of {ROUNDS} rounds, and a ratio
is the median of the rounds' own ratios. All of it shares the machine with the load.
"""


def number(value: float | None) -> str:
    """A number as people read it: three digits that count."""
    if value is None:
        return "—"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def cells(result: Result) -> tuple[str, ...]:
    """The line of a result; a row that was not measured says why."""
    row, unit = result.row, f" {result.row.unit}"
    target = row.target.words(row.unit)
    if result.figure is None:
        said = result.reason if result.reason == NOT_YET else f"not measured: {result.reason}"
        return row.work, said, "—", "—", target, "—", "—"
    shown = list(result.cpu_us.items())[:PROCESSES_SHOWN]
    return (
        row.work,
        number(result.figure) + unit,
        "—" if result.limit is None else number(result.limit) + unit,
        number(result.ratio),
        target,
        WORDS[result.is_reached],
        ", ".join(f"{name} {each:,.0f}" for name, each in shown) or "—",
    )


def table_of(results: Sequence[Result], machine: Machine) -> Table:
    """The results for the terminal."""
    table = Table(title=f"Medians of {ROUNDS} rounds, {day()}", caption=machine.words(), show_lines=True)
    for heading in HEADINGS:
        table.add_column(heading)
    for result in results:
        table.add_row(*cells(result))
    return table


def page_of(results: Sequence[Result], machine: Machine, note: str = "") -> str:
    """The results as a page; a note says what else is to be known of the run."""
    lines = [" | ".join(cells(each)) for each in results]
    limits = [f"| {each.row.work} | {each.row.limit} |" for each in results]
    return "\n".join(
        [
            INTRODUCTION,
            f"Measured on {day()}: {machine.words()}. {note}".rstrip(),
            "",
            f"| {' | '.join(HEADINGS)} |",
            f"|{'---|' * len(HEADINGS)}",
            *(f"| {line} |" for line in lines),
            "",
            f"CPU is that of the {PROCESSES_SHOWN} processes that spend most, with work after the answer.",
            "",
            "## What each row stands beside",
            "",
            "| work | its limit |",
            "|---|---|",
            *limits,
            "",
            *reasons_of(results),
        ]
    )


def reasons_of(results: Sequence[Result]) -> list[str]:
    """The part of the page about rows that do not reach what they should."""
    missed = [each.row for each in results if each.is_reached is False]
    lines = [f"- **{row.work}**: {REASONS.get(row.name, 'Not yet looked into.')}" for row in missed]
    return ["## What keeps rows from what they should reach", "", *lines, ""] if lines else []


def day() -> str:
    """Today, as it is written."""
    return f"{datetime.now(UTC):%-d %B %Y}"
