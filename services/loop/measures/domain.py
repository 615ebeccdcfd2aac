"""Measures, computed for each request: how long things take, how many were told, people's verdicts."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from datetime import date
from operator import attrgetter
from typing import TypeVar, get_args

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.working_days import working_days_between
from services.loop.measures.facts import ClockRow, CommitmentRow, LoopFacts, LoopRow, VerdictRow
from services.loop.measures.people import public_declines, public_tables, public_told
from services.loop.measures.periods import Days, whole_quarters
from services.loop.measures.queries import LIMITED, loop_facts
from services.loop.measures.schemas import (
    DeclinesExplained,
    MeasuresOut,
    Share,
    Slips,
    Times,
    VerdictCounts,
)
from services.loop.measures.scope import Scope
from services.loop.models import DECLINES
from services.loop.verdicts.counting import own_figures, sum_figures
from shared.clock import now, today
from shared.disclosure import SMALL
from shared.events.loop import ClosedAs, HaltedBy, JudgedBy

WELL = 4
Key = TypeVar("Key")
RowT = TypeVar("RowT", LoopRow, ClockRow, CommitmentRow)


async def measure_loops(
    session: AsyncSession, scope: Scope, since: date | None = None, until: date | None = None
) -> MeasuresOut:
    """The measures of the loops that count and were opened in these days."""
    at = now()
    facts = await loop_facts(session, scope, at, since, until)
    people = people_days(scope, since, until)
    return MeasuresOut(
        at=at,
        footprint_id=scope.footprint_id,
        organisation_id=scope.organisation_id,
        since=since,
        until=until,
        demonstration=scope.demonstration,
        opened=count_loops(facts),
        states=dict(sum_by(facts.loops, attrgetter("state"))),
        praise=facts.praise,
        time_to=times_to_steps(facts, scope.is_own),
        on_time=shares_on_time(facts),
        people_since=people.since,
        people_until=people.until,
        told=public_told(facts.told),
        closed=endings(facts),
        judged=judgements(facts),
        halted=count_halted(facts),
        verdicts=verdict_counts(facts.verdicts, own=scope.is_own),
        declines_explained_well=declines_explained(facts.verdicts, own=scope.is_own),
        kept_by_original_date=share_kept_in_time(facts),
        slips=count_slips(facts),
        raised_again=share_raised_again(facts),
    )


def people_days(scope: Scope, since: date | None = None, until: date | None = None) -> Days:
    """The days of the loops whose people are counted: for the body itself all, in public whole quarters."""
    return Days(since, until or today()) if scope.is_own else whole_quarters(since, until)


def sum_by(rows: Iterable[RowT], key: Callable[[RowT], Key]) -> Counter[Key]:
    """How many there are of each key; rows without one are left out."""
    found: Counter[Key] = Counter()
    for row in rows:
        if (each := key(row)) is not None:
            found[each] += row.n
    return found


def count_loops(facts: LoopFacts) -> int:
    """How many loops count, without those that answer praise."""
    return sum(row.n for row in facts.loops)


def times_to_steps(facts: LoopFacts, own: bool) -> dict[str, Times]:
    """How long it took to acknowledge, to decide, and until people could notice a change."""
    days = sum_by(facts.loops, attrgetter("days_to_change"))
    return {
        "acknowledge": limited_times(facts, "acknowledge", own),
        "decide": limited_times(facts, "decide", own),
        "first_change": times(days, "days", own=own, within=None),
    }


def limited_times(facts: LoopFacts, kind: str, own: bool) -> Times:
    """How long it took to meet a limit."""
    days: Counter[int] = Counter()
    met = [clock for clock in facts.clocks if clock.kind == kind and clock.met_on]
    for clock in met:
        days[working_days_between(clock.started_on, clock.met_on)] += clock.n
    within = share_of(sum(clock.n for clock in met if not clock.is_late), days.total()).share
    return times(days, "working days", own=own, within=within)


def times(found: Counter[int], unit: str, *, own: bool, within: float | None) -> Times:
    """How times are distributed; in public only when there are at least 5."""
    shown = found if own or found.total() >= SMALL else Counter[int]()
    median, p75, p90 = (percentile(shown, percent) for percent in (50, 75, 90))
    return Times(
        unit=unit, n=found.total(), median=median, p75=p75, p90=p90, within_clock=within if shown else None
    )


def percentile(found: Counter[int], percent: int) -> int | None:
    """The smallest value that this many in a hundred do not exceed (nearest rank)."""
    rank, seen = -(-percent * found.total() // 100), 0
    for value in sorted(found):
        seen += found[value]
        if seen >= rank:
            return value
    return None


def share_of(part: int, of: int) -> Share:
    """A share, rounded to four decimals."""
    return Share(part=part, of=of, share=round(part / of, 4) if of else None)


def shares_on_time(facts: LoopFacts) -> dict[str, Share]:
    """On time ÷ (met + open and overdue), for each limit and for all of them."""
    every = sum_by(facts.clocks, attrgetter("kind"))
    good = sum_by((clock for clock in facts.clocks if not clock.is_late), attrgetter("kind"))
    return {kind: share_of(good[kind], every[kind]) for kind in LIMITED} | {
        "all": share_of(good.total(), every.total())
    }


def endings(facts: LoopFacts) -> dict[str, int]:
    """How loops ended."""
    ends = sum_by((loop for loop in facts.loops if loop.state == "closed"), attrgetter("closed_as"))
    return {ending: ends[ending] for ending in get_args(ClosedAs)}


def judgements(facts: LoopFacts) -> dict[str, int]:
    """In how many loops another organisation verified the change, and in how many the body itself."""
    found = sum_by(facts.loops, attrgetter("judged_by"))
    return {who: found[who] for who in get_args(JudgedBy)}


def count_halted(facts: LoopFacts) -> dict[str, int]:
    """How many loops are halted now, by whose sending."""
    halted = (loop for loop in facts.loops if loop.is_halted)
    found = sum_by(halted, lambda loop: loop.halted_by or "not_known")
    return {who: found[who] for who in (*get_args(HaltedBy), "not_known")}


def verdict_counts(verdicts: Sequence[VerdictRow], *, own: bool) -> VerdictCounts:
    """What people made of loops."""
    found = asdict(own_figures(verdicts) if own else sum_figures(public_tables(verdicts)))
    return VerdictCounts(n=found.pop("verdicts"), **found)


def declines_explained(verdicts: Sequence[VerdictRow], *, own: bool) -> DeclinesExplained:
    """How many of the people who were told no found it explained well; only witnessed verdicts count."""
    declined = [each for each in verdicts if each.loop.answer in DECLINES]
    if not own:
        return public_declines(declined)
    marks = [each.explained_well for each in declined if each.witnessed and each.explained_well]
    well = sum(mark >= WELL for mark in marks)
    return DeclinesExplained(n=len(marks), well=well, share=share_of(well, len(marks)).share)


def share_kept_in_time(facts: LoopFacts) -> Share:
    """Commitments kept by the day first promised, of those kept or due by then."""
    good = sum(each.n for each in facts.commitments if each.kept_in_time)
    return share_of(good, sum(each.n for each in facts.commitments if each.is_kept or each.is_past))


def count_slips(facts: LoopFacts) -> Slips:
    """How often due dates passed or were moved."""
    slips = sum_by(facts.commitments, attrgetter("slips"))
    return Slips(
        slips=sum(each * n for each, n in slips.items()),
        commitments=slips.total(),
        slipped=slips.total() - slips[0],
    )


def share_raised_again(facts: LoopFacts) -> Share:
    """The closed loops that were raised again within a year."""
    return share_of(facts.raised_again, sum_by(facts.loops, attrgetter("state"))["closed"])
