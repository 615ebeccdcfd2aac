"""Measures, computed for each request: how long things take, how many were told, people's verdicts."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import get_args

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.working_days import working_days_between
from services.loop.measures.people import public_declines, public_tables, public_told
from services.loop.measures.periods import Days, whole_quarters
from services.loop.measures.queries import LoopFacts, VerdictRow, loop_facts
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
from shared.clock import day_in_england, now, today
from shared.disclosure import SMALL
from shared.events.loop import ClosedAs, HaltedBy, JudgedBy

LIMITED = ("acknowledge", "look", "decide", "update")
WELL = 4


async def measure_loops(
    session: AsyncSession, scope: Scope, since: date | None = None, until: date | None = None
) -> MeasuresOut:
    """The measures of the loops that count and were opened in these days."""
    facts, at = await loop_facts(session, scope, since, until), now()
    people = people_days(scope, since, until)
    return MeasuresOut(
        at=at,
        footprint_id=scope.footprint_id,
        organisation_id=scope.organisation_id,
        since=since,
        until=until,
        demonstration=scope.demonstration,
        opened=len(facts.loops),
        states=dict(Counter(loop.state for loop in facts.loops)),
        praise=facts.praise,
        time_to=times_to_steps(facts, scope.is_own),
        on_time=shares_on_time(facts, at),
        people_since=people.since,
        people_until=people.until,
        told=public_told(facts.contributors),
        closed=endings(facts),
        judged=judgements(facts),
        halted=count_halted(facts),
        verdicts=verdict_counts(facts.verdicts, own=scope.is_own),
        declines_explained_well=declines_explained(facts.verdicts, own=scope.is_own),
        kept_by_original_date=share_kept_in_time(facts, day_in_england(at)),
        slips=count_slips(facts),
        raised_again=share_raised_again(facts),
    )


def people_days(scope: Scope, since: date | None = None, until: date | None = None) -> Days:
    """The days of the loops whose people are counted: for the body itself all, in public whole quarters."""
    return Days(since, until or today()) if scope.is_own else whole_quarters(since, until)


def times_to_steps(facts: LoopFacts, own: bool) -> dict[str, Times]:
    """How long it took to acknowledge, to decide, and until people could notice a change."""
    days = [
        (day_in_england(loop.first_change_at) - day_in_england(loop.opened_at)).days
        for loop in facts.loops
        if loop.first_change_at
    ]
    return {
        "acknowledge": limited_times(facts, "acknowledge", own),
        "decide": limited_times(facts, "decide", own),
        "first_change": times(days, "days", own=own, within=None),
    }


def limited_times(facts: LoopFacts, kind: str, own: bool) -> Times:
    """How long it took to meet a limit."""
    met = [(clock, clock.met_at) for clock in facts.clocks if clock.kind == kind and clock.met_at]
    days = [working_days_between(day_in_england(c.started_at), day_in_england(at)) for c, at in met]
    within = share_of(sum(at <= clock.due_at for clock, at in met), len(met)).share
    return times(days, "working days", own=own, within=within)


def times(found: Sequence[int], unit: str, *, own: bool, within: float | None) -> Times:
    """How times are distributed; in public only when there are at least 5."""
    shown = found if own or len(found) >= SMALL else ()
    median, p75, p90 = (percentile(shown, percent) for percent in (50, 75, 90))
    return Times(
        unit=unit, n=len(found), median=median, p75=p75, p90=p90, within_clock=within if shown else None
    )


def percentile(found: Iterable[int], percent: int) -> int | None:
    """The smallest value that this many in a hundred do not exceed (nearest rank)."""
    ordered = sorted(found)
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else None


def share_of(part: int, of: int) -> Share:
    """A share, rounded to four decimals."""
    return Share(part=part, of=of, share=round(part / of, 4) if of else None)


def shares_on_time(facts: LoopFacts, at: datetime) -> dict[str, Share]:
    """On time ÷ (met + open and overdue), for each limit and for all of them."""
    judged = [
        clock for clock in facts.clocks if clock.kind in LIMITED and (clock.met_at or clock.due_at < at)
    ]
    good = Counter(clock.kind for clock in judged if clock.met_at and clock.met_at <= clock.due_at)
    every = Counter(clock.kind for clock in judged)
    return {kind: share_of(good[kind], every[kind]) for kind in LIMITED} | {
        "all": share_of(good.total(), every.total())
    }


def endings(facts: LoopFacts) -> dict[str, int]:
    """How loops ended."""
    ends = Counter(loop.closed_as for loop in facts.loops if loop.state == "closed")
    return {ending: ends[ending] for ending in get_args(ClosedAs)}


def judgements(facts: LoopFacts) -> dict[str, int]:
    """In how many loops another organisation verified the change, and in how many the body itself."""
    found = Counter(loop.judged_by for loop in facts.loops)
    return {who: found[who] for who in get_args(JudgedBy)}


def count_halted(facts: LoopFacts) -> dict[str, int]:
    """How many loops are halted now, by whose sending."""
    found = Counter(loop.halted_by or "not_known" for loop in facts.loops if loop.halted_at)
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


def share_kept_in_time(facts: LoopFacts, on: date) -> Share:
    """Commitments kept by the day first promised, of those kept or due by then."""
    judged = [each for each in facts.commitments if each.kept_at or each.original_due_on < on]
    good = [each for each in judged if each.kept_at and day_in_england(each.kept_at) <= each.original_due_on]
    return share_of(len(good), len(judged))


def count_slips(facts: LoopFacts) -> Slips:
    """How often due dates passed or were moved."""
    slips = [commitment.slips for commitment in facts.commitments]
    return Slips(slips=sum(slips), commitments=len(slips), slipped=sum(each > 0 for each in slips))


def share_raised_again(facts: LoopFacts) -> Share:
    """The closed loops that were raised again within a year."""
    closed = [loop for loop in facts.loops if loop.state == "closed"]
    return share_of(sum(loop.raised_again for loop in closed), len(closed))
