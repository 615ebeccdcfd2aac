"""Measures, made of sums for each request: how long things take, how many were told, people's verdicts."""

from collections import Counter
from dataclasses import asdict
from datetime import date
from typing import get_args

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.measures.people import public_declines, public_told
from services.loop.measures.queries import Figures, read_figures
from services.loop.measures.schemas import (
    DeclinesExplained,
    MeasuresOut,
    Share,
    Slips,
    Times,
    VerdictCounts,
)
from services.loop.measures.scope import Scope
from services.loop.sums.facts import LIMITED
from services.loop.sums.people import sum_figures
from services.loop.sums.periods import Days, whole_quarters
from services.loop.verdicts.counting import own_figures
from shared.clock import now, today
from shared.disclosure import SMALL
from shared.events.loop import ClosedAs, HaltedBy, JudgedBy

WELL = ("4", "5")


async def measure_loops(
    session: AsyncSession, scope: Scope, since: date | None = None, until: date | None = None
) -> MeasuresOut:
    """The measures of the loops that count and were opened in these days."""
    at = now()
    figures = await read_figures(session, scope, at, since, until)
    found, people = figures.by_name, people_days(scope, since, until)
    return MeasuresOut(
        at=at,
        footprint_id=scope.footprint_id,
        organisation_id=scope.organisation_id,
        since=since,
        until=until,
        demonstration=scope.demonstration,
        opened=figures.opened["opened"],
        states=dict(found["state"]),
        praise=figures.opened["praise"],
        time_to=times_to_steps(figures, scope.is_own),
        on_time=shares_on_time(figures),
        people_since=people.since,
        people_until=people.until,
        told=public_told(figures.people),
        closed={ending: found["closed"][ending] for ending in get_args(ClosedAs)},
        judged=judgements(figures),
        halted=count_halted(figures),
        verdicts=verdict_counts(figures, own=scope.is_own),
        declines_explained_well=declines_explained(figures, own=scope.is_own),
        kept_by_original_date=share_of(figures.opened["kept_in_time"], figures.opened["kept_or_past"]),
        slips=count_slips(figures),
        raised_again=share_of(figures.opened["raised_again"], found["state"]["closed"]),
    )


def people_days(scope: Scope, since: date | None = None, until: date | None = None) -> Days:
    """The days of the loops whose people are counted: for the body itself all, in public whole quarters."""
    return Days(since, until or today()) if scope.is_own else whole_quarters(since, until)


def times_to_steps(figures: Figures, own: bool) -> dict[str, Times]:
    """How long it took to acknowledge, to decide, and until people could notice a change."""
    return {
        "acknowledge": limited_times(figures, "acknowledge", own),
        "decide": limited_times(figures, "decide", own),
        "first_change": times(days_to(figures, "change"), "days", own=own, within=None),
    }


def days_to(figures: Figures, kind: str) -> Counter[int]:
    """How often something took so many days."""
    return Counter({int(days): count for days, count in figures.by_name[f"days_to_{kind}"].items()})


def limited_times(figures: Figures, kind: str, own: bool) -> Times:
    """How long it took to meet a limit."""
    days = days_to(figures, kind)
    within = share_of(figures.by_name["in_time"][kind], days.total()).share
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


def shares_on_time(figures: Figures) -> dict[str, Share]:
    """On time ÷ (met + open and overdue), for each limit and for all of them."""
    every, good = figures.by_name["clocks"], figures.by_name["in_time"]
    return {kind: share_of(good[kind], every[kind]) for kind in LIMITED} | {
        "all": share_of(good.total(), every.total())
    }


def judgements(figures: Figures) -> dict[str, int]:
    """In how many loops another organisation verified the change, and in how many the body itself."""
    return {who: figures.by_name["judged"][who] for who in get_args(JudgedBy)}


def count_halted(figures: Figures) -> dict[str, int]:
    """How many loops are halted now, by whose sending."""
    return {who: figures.by_name["halted"][who] for who in (*get_args(HaltedBy), "not_known")}


def verdict_counts(figures: Figures, *, own: bool) -> VerdictCounts:
    """What people made of loops."""
    found = asdict(own_figures(figures.opened) if own else sum_figures(figures.people))
    return VerdictCounts(n=found.pop("verdicts"), **found)


def declines_explained(figures: Figures, *, own: bool) -> DeclinesExplained:
    """How many of the people who were told no found it explained well; only witnessed verdicts count."""
    if not own:
        return public_declines(figures.people)
    marks = figures.by_name["explained"]
    well = sum(marks[mark] for mark in WELL)
    return DeclinesExplained(n=marks.total(), well=well, share=share_of(well, marks.total()).share)


def count_slips(figures: Figures) -> Slips:
    """How often due dates passed or were moved."""
    found = figures.opened
    return Slips(slips=found["slips"], commitments=found["promised"], slipped=found["slipped"])
