"""The facts that measures are computed from, counted by the database; never a word that anybody wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID


class LoopRow(NamedTuple):
    """What counts of loops, and of how many it is true; `days_to_change` are those from opening to change."""

    state: str
    answer: str | None
    closed_as: str | None
    days_to_change: int | None
    judged_by: str | None
    is_halted: bool
    halted_by: str | None
    n: int


class ClockRow(NamedTuple):
    """What counts of clocks, and of how many it is true; one is late that is over and not met in time."""

    kind: str
    started_on: date
    met_on: date | None
    is_late: bool
    n: int


class CommitmentRow(NamedTuple):
    """What counts of commitments, and of how many it is true, by the day first promised."""

    is_kept: bool
    kept_in_time: bool
    is_past: bool
    slips: int
    n: int


class LoopKey(NamedTuple):
    """Which loop something belongs to, and by what it is counted."""

    id: UUID
    organisation_id: UUID | None
    footprint_id: UUID | None
    answer: str | None
    closed_at: datetime | None


class ToldRow(NamedTuple):
    """How many contributors of a loop were told the outcome, and how many can and cannot be told."""

    loop: LoopKey
    told: int
    can: int
    cannot: int


class VerdictRow(NamedTuple):
    """What counts of a verdict."""

    loop: LoopKey
    did_it_happen: str
    worth: str | None
    explained_well: int | None
    felt_heard: int | None
    witnessed: bool
    changes: int


@dataclass(frozen=True, slots=True)
class LoopFacts:
    """What happened to the loops that count."""

    loops: Sequence[LoopRow]
    clocks: Sequence[ClockRow]
    commitments: Sequence[CommitmentRow]
    told: Sequence[ToldRow]
    verdicts: Sequence[VerdictRow]
    praise: int
    raised_again: int
