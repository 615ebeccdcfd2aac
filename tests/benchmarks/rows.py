"""The rows of the table: what each must reach, what its rounds found, and whether that is reached."""

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from statistics import median

from tests.benchmarks.bench import Bench

ROUNDS = 3
NOT_YET = "not yet measured"


class NotMeasured(Exception):
    """A row cannot be measured; the words say why, and stand in its place in the table."""


@dataclass(frozen=True, slots=True)
class Target:
    """The bounds that a row has to keep: of its figure, of its ratio to the limit, or of both."""

    at_least: float | None = None
    at_most: float | None = None
    ratio_at_least: float | None = None
    ratio_at_most: float | None = None

    def is_kept(self, figure: float, ratio: float | None) -> bool:
        """Whether a figure and its ratio keep every bound; a ratio that is missing keeps none."""
        checks = [
            self.at_least is None or figure >= self.at_least,
            self.at_most is None or figure <= self.at_most,
            self.ratio_at_least is None or (ratio is not None and ratio >= self.ratio_at_least),
            self.ratio_at_most is None or (ratio is not None and ratio <= self.ratio_at_most),
        ]
        return all(checks)

    def words(self, unit: str) -> str:
        """The bounds as the table shows them."""
        bounds = [
            ("≥", self.at_least, f" {unit}"),
            ("≤", self.at_most, f" {unit}"),
            ("≥", self.ratio_at_least, " of the limit"),
            ("≤", self.ratio_at_most, " × the limit"),
        ]
        return ", ".join(f"{sign} {bound:,g}{of}" for sign, bound, of in bounds if bound is not None)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    work: str
    unit: str
    limit: str  # what stands beside it, in words
    target: Target


@dataclass(frozen=True, slots=True)
class Round:
    """What one round measured of a row; `cpu_us` is the CPU of each process for one request, most first."""

    figure: float
    limit: float | None = None
    cpu_us: Mapping[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """The figure as a part of the limit, if there is one."""
        return self.figure / self.limit if self.limit else None


@dataclass(frozen=True, slots=True)
class Result:
    """All that was found about a row: its rounds, or why it has none."""

    row: Row
    rounds: tuple[Round, ...] = ()
    reason: str = NOT_YET

    @property
    def figure(self) -> float | None:
        """The median of the figures."""
        return median(each.figure for each in self.rounds) if self.rounds else None

    @property
    def limit(self) -> float | None:
        """The median of the limits."""
        found = [each.limit for each in self.rounds if each.limit is not None]
        return median(found) if found else None

    @property
    def ratio(self) -> float | None:
        """The median of the ratios; figure and limit of each are of one round."""
        found = [each.ratio for each in self.rounds if each.ratio is not None]
        return median(found) if found else None

    @property
    def cpu_us(self) -> dict[str, float]:
        """The median CPU of each process for one request, most first."""
        names = dict.fromkeys(name for each in self.rounds for name in each.cpu_us)
        found = {name: median(each.cpu_us.get(name, 0.0) for each in self.rounds) for name in names}
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached; None if that was not measured."""
        return None if self.figure is None else self.row.target.is_kept(self.figure, self.ratio)


Rounds = Callable[[Bench], AsyncGenerator[Mapping[str, Round]]]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Some rows that are measured together: each round gives a figure for each of them."""

    rows: tuple[Row, ...]
    rounds: Rounds
    is_large: bool = False
    needs_england: bool = False  # whether the registry must know all that is shipped

    def results(self, rounds: list[Mapping[str, Round]], reason: str = NOT_YET) -> list[Result]:
        """The results of its rows; a row without rounds says why."""
        return [
            Result(row, tuple(each[row.name] for each in rounds if row.name in each), reason)
            for row in self.rows
        ]
