"""What one loop adds to figures: the only place that says so."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol, TypeVar
from uuid import UUID

from services.loop.clocks.working_days import working_days_between
from services.loop.models import DECLINES
from services.loop.sums.facts import (
    ClockRow,
    CommitmentRow,
    Facts,
    LinkRow,
    LoopRow,
    ToldRow,
    VerdictRow,
)
from services.loop.sums.periods import quarter_of
from services.loop.sums.scopes import KINDS, ScopeKind, scopes_of
from services.loop.verdicts.counting import count_voices
from shared.clock import beginning_of, day_in_england
from shared.disclosure import SMALL

# How often something is true, by its name; after a dot the value of which it is true.
Cells = Counter[str]
YEAR, DAY, MOMENT = timedelta(days=365), timedelta(days=1), timedelta(microseconds=1)


class OfOneLoop(Protocol):
    """A row that belongs to a loop."""

    @property
    def loop_id(self) -> UUID:
        """The loop."""


PartT = TypeVar("PartT", bound=OfOneLoop)


@dataclass(frozen=True, slots=True)
class Added:
    """What a public loop adds: to the sums of whom, from which day, and until when, if nothing happens."""

    whose: str
    opened_on: date | None
    closed_in: date | None
    counted_until: datetime | None
    cells: Cells

    @property
    def is_declined(self) -> bool:
        """Whether its body declined."""
        return any(self.cells[f"answer.{answer}"] for answer in DECLINES)


class Parts:
    """The facts of some loops, by loop and by feedback."""

    def __init__(self, facts: Facts) -> None:
        self.links, self.clocks = group(facts.links), group(facts.clocks)
        self.commitments, self.verdicts = group(facts.commitments), group(facts.verdicts)
        self.told = {row.loop_id: row for row in facts.told}
        self.of_feedback: defaultdict[UUID, list[LinkRow]] = defaultdict(list)
        for link in facts.links:
            self.of_feedback[link.feedback_id].append(link)


def group(rows: Iterable[PartT]) -> Mapping[UUID, list[PartT]]:
    """Rows by the loop that they belong to."""
    found: defaultdict[UUID, list[PartT]] = defaultdict(list)
    for row in rows:
        found[row.loop_id].append(row)
    return found


def count_loops(facts: Facts, at: datetime) -> dict[UUID, Added]:
    """What each of these loops adds at an instant; those that are not public add nothing."""
    parts = Parts(facts)
    return {loop.id: count_loop(loop, parts, at) for loop in facts.loops}


def count_loop(loop: LoopRow, parts: Parts, at: datetime) -> Added:
    """What a public loop adds at an instant; one that only answers praise is counted apart."""
    links = parts.links[loop.id]
    cells = count_said(loop, links, parts) + Counter(loops=1)
    if is_praise(links):
        return Added(loop.whose, loop.opened_on, None, None, cells + Counter(praise=1))
    clocks, commitments = parts.clocks[loop.id], parts.commitments[loop.id]
    cells += count_state(loop) + count_clocks(clocks, at) + count_commitments(commitments, at)
    cells += count_people(loop, parts.verdicts[loop.id], parts.told.get(loop.id))
    if loop.state == "closed":
        cells["raised_again"] = int(any(is_raised_again(loop, link, parts) for link in links))
    due = [each.due_at for each in clocks if each.met_at is None and each.due_at >= at]
    due += [end_of_promise(each) for each in commitments if each.kept_on is None and not is_past(each, at)]
    closed_in = quarter_of(loop.closed_on) if loop.state == "closed" and loop.closed_on else None
    return Added(loop.whose, loop.opened_on, closed_in, min(due, default=None), +cells)


def is_praise(links: Sequence[LinkRow]) -> bool:
    """Whether a loop was drafted from compliments and nothing else, so that nobody raised a concern.

    Later kinds do not count: who sent feedback could take a loop, or a person, out of the figures.
    """
    return bool(links) and all(link.is_praise for link in links)


def count_said(loop: LoopRow, links: Sequence[LinkRow], parts: Parts) -> Cells:
    """How many pieces of feedback a loop answers as the first in each sum, in all and as a loop of many."""
    answered = [link for link in links if link.is_answered]
    found = Counter(few=1) if 0 < len(answered) < SMALL else Counter()
    for link in answered:
        before = [each for each in parts.of_feedback[link.feedback_id] if is_before(each, loop)]
        found.update(f"said.{kind}" for kind in first_in(loop, before))
        if link.size >= SMALL:
            large = [each for each in before if each.size >= SMALL]
            found.update(f"large.{kind}" for kind in first_in(loop, large))
    return found


def is_before(link: LinkRow, loop: LoopRow) -> bool:
    """Whether another loop, which was raised before this one, answers a piece of feedback."""
    return link.is_answered and link.loop_id < loop.id


def first_in(loop: LoopRow, before: Sequence[LinkRow]) -> Iterable[ScopeKind]:
    """The kinds of sums in which no loop of those before stands."""
    if not before:
        return KINDS
    mine, theirs = scopes_of(loop.whose), [scopes_of(each.whose) for each in before]
    return [kind for kind in KINDS if all(each[kind] != mine[kind] for each in theirs)]


def is_raised_again(loop: LoopRow, link: LinkRow, parts: Parts) -> bool:
    """Whether feedback of a closed loop is in another that was drafted within a year of the end."""
    others = [each for each in parts.of_feedback[link.feedback_id] if each.loop_id != loop.id]
    end = loop.closed_at
    return end is not None and any(end < each.drafted_at <= end + YEAR for each in others)


def count_state(loop: LoopRow) -> Cells:
    """What counts of a loop itself."""
    found = Counter({"opened": 1, f"state.{loop.state}": 1})
    if loop.answer:
        found[f"answer.{loop.answer}"] = 1
    if loop.state == "closed" and loop.closed_as:
        found[f"closed.{loop.closed_as}"] = 1
    if loop.judged_by:
        found[f"judged.{loop.judged_by}"] = 1
    if loop.is_halted:
        found[f"halted.{loop.halted_by or 'not_known'}"] = 1
    if loop.changed_on and loop.opened_on:
        found[f"days_to_change.{(loop.changed_on - loop.opened_on).days}"] = 1
    return found


def count_clocks(clocks: Sequence[ClockRow], at: datetime) -> Cells:
    """What counts of clocks that are met, or should be: which in time, and in how many working days."""
    found: Cells = Counter()
    for clock in clocks:
        if clock.met_at is None and clock.due_at >= at:
            continue
        found[f"clocks.{clock.kind}"] += 1
        found[f"in_time.{clock.kind}"] += clock.met_at is not None and clock.met_at <= clock.due_at
        if clock.met_on:
            found[f"days_to_{clock.kind}.{working_days_between(clock.started_on, clock.met_on)}"] += 1
    return found


def count_commitments(commitments: Sequence[CommitmentRow], at: datetime) -> Cells:
    """What counts of commitments."""
    found: Cells = Counter()
    for each in commitments:
        found["promised"] += 1
        found["kept"] += each.kept_on is not None
        found["kept_in_time"] += each.kept_on is not None and each.kept_on <= each.original_due_on
        found["kept_or_past"] += each.kept_on is not None or is_past(each, at)
        found["slips"] += each.slips
        found["slipped"] += each.slips > 0
    return found


def is_past(commitment: CommitmentRow, at: datetime) -> bool:
    """Whether the day first promised has passed."""
    return commitment.original_due_on < day_in_england(at)


def end_of_promise(commitment: CommitmentRow) -> datetime:
    """The last moment of the day first promised."""
    return beginning_of(commitment.original_due_on + DAY) - MOMENT


def count_people(loop: LoopRow, verdicts: Sequence[VerdictRow], told: ToldRow | None) -> Cells:
    """What counts of a loop's contributors: their verdicts, and how many were told and can be."""
    found: Cells = count_voices(verdicts)
    if loop.answer in DECLINES:
        marks = (each.explained_well for each in verdicts if each.witnessed and each.explained_well)
        found.update(f"explained.{mark}" for mark in marks)
    if told:
        found.update(has_people=1, told=told.told, can=told.can, cannot=told.cannot)
    return found
