"""Measures: how long things take, who was told, what people made of it; computed from the facts each time."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any, get_args

from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.clocks.working_days import day_in_england, working_days_between
from services.loop.loops.guards import DECLINES
from services.loop.measures.queries import Facts, facts_of
from services.loop.measures.schemas import (
    Count,
    DeclinesExplained,
    MeasuresOut,
    Share,
    Slips,
    Times,
    Told,
    Verdicts,
)
from services.loop.measures.scope import Scope
from services.loop.verdicts.domain import ANSWERS, CHOICES
from shared.clock import now
from shared.disclosure import HELD, SMALL, distribution, held_back, parts
from shared.events.loop import ClosedAs

LIMITED = ("acknowledge", "decide", "update")
WELL = 4


async def measured(
    session: AsyncSession, scope: Scope, since: date | None = None, until: date | None = None
) -> MeasuresOut:
    """Return the measures of the loops that count and were opened in these days."""
    facts, at = await facts_of(session, scope, since, until), now()
    return MeasuresOut(
        at=at, footprint_id=scope.footprint_id, organisation_id=scope.organisation_id, since=since,
        until=until, demonstration=scope.demonstration,
        opened=len(facts.loops), states=dict(Counter(loop.state for loop in facts.loops)),
        praise=facts.praise,
        time_to=times_of(facts, scope.is_own),
        on_time=on_time(facts, at),
        told=told_of(facts.contributors, own=scope.is_own),
        closed=closed_of(facts),
        verdicts=verdicts_of(facts.verdicts, own=scope.is_own),
        declines_explained_well=explained(facts.verdicts, own=scope.is_own),
        kept_by_original_date=kept_in_time(facts, day_in_england(at)),
        slips=slips_of(facts),
        raised_again=raised_again(facts),
    )  # fmt: skip


def times_of(facts: Facts, own: bool) -> dict[str, Times]:
    """Return how long it took to acknowledge, to decide, and until people could notice a change."""
    changed = [loop for loop in facts.loops if loop.first_change_at]
    days = [(day_in_england(each.first_change_at) - day_in_england(each.opened_at)).days for each in changed]
    return {
        "acknowledge": limited_times(facts, "acknowledge", own),
        "decide": limited_times(facts, "decide", own),
        "first_change": times(days, "days", own=own, within=None),
    }


def limited_times(facts: Facts, kind: str, own: bool) -> Times:
    """Return how long it took to meet a limit."""
    met = [clock for clock in facts.clocks if clock.kind == kind and clock.met_at]
    days = [working_days_between(day_in_england(c.started_at), day_in_england(c.met_at)) for c in met]
    within = share_of(sum(clock.met_at <= clock.due_at for clock in met), len(met)).share
    return times(days, "working days", own=own, within=within)


def times(found: Sequence[int], unit: str, *, own: bool, within: float | None) -> Times:
    """Return how some times are distributed; in public not when there are fewer than 5."""
    shown = found if own or len(found) >= SMALL else ()
    median, p75, p90 = (percentile(shown, percent) for percent in (50, 75, 90))
    return Times(
        unit=unit, n=len(found), median=median, p75=p75, p90=p90, within_clock=within if shown else None
    )


def percentile(found: Iterable[int], percent: int) -> int | None:
    """Return the smallest value that so many in a hundred do not exceed (nearest rank)."""
    ordered = sorted(found)
    return ordered[-(-percent * len(ordered) // 100) - 1] if ordered else None


def share_of(part: int, of: int) -> Share:
    """Return a share, rounded to four decimals."""
    return Share(part=part, of=of, share=round(part / of, 4) if of else None)


def on_time(facts: Facts, at: datetime) -> dict[str, Share]:
    """Return on time ÷ (met + open and overdue), for each limit and for all of them."""
    judged = [
        clock for clock in facts.clocks if clock.kind in LIMITED and (clock.met_at or clock.due_at < at)
    ]
    good = Counter(clock.kind for clock in judged if clock.met_at and clock.met_at <= clock.due_at)
    every = Counter(clock.kind for clock in judged)
    return {kind: share_of(good[kind], every[kind]) for kind in LIMITED} | {
        "all": share_of(good.total(), every.total())
    }


def told_of(contributors: Sequence[Any], *, own: bool) -> Told:
    """Return who was told of those who can be; in public no part that is small, nor what would tell it."""
    told = sum(each.told for each in contributors)
    reachable = sum(each.reachable or each.told for each in contributors)
    counts = {"told": told, "not_told": reachable - told, "unreachable": len(contributors) - reachable}
    shown: dict[str, Count] = dict(counts) if own else parts(counts)
    whole = own or (shown["told"], shown["not_told"]) == (counts["told"], counts["not_told"])
    return Told(
        told=shown["told"],
        reachable=reachable if whole else HELD,
        unreachable=shown["unreachable"],
        share=share_of(told, reachable).share if whole else None,
    )


def closed_of(facts: Facts) -> dict[str, int]:
    """Return how loops ended."""
    ends = Counter(loop.closed_as for loop in facts.loops if loop.state == "closed")
    return {ending: ends[ending] for ending in get_args(ClosedAs)}


def verdicts_of(verdicts: Sequence[Any], *, own: bool) -> Verdicts:
    """Return what people made of it; in public without small numbers."""
    found: dict[str, dict[str, Count] | None] = {}
    for name in ANSWERS:
        given = Counter(getattr(verdict, name) for verdict in verdicts)
        counts = {str(choice): given[choice] for choice in CHOICES[name]}
        found[name] = dict(counts) if own else distribution(counts)
    return Verdicts(n=len(verdicts) if own else held_back(len(verdicts)), **found)


def explained(verdicts: Sequence[Any], *, own: bool) -> DeclinesExplained:
    """Return how many of those who were told no found it explained well."""
    marks = [each.explained_well for each in verdicts if each.answer in DECLINES and each.explained_well]
    counts = {"well": sum(mark >= WELL for mark in marks), "less": sum(mark < WELL for mark in marks)}
    shown = dict(counts) if own else distribution(counts)
    return DeclinesExplained(
        n=len(marks) if own else held_back(len(marks)),
        well=shown["well"] if shown else None,
        share=share_of(counts["well"], len(marks)).share if shown == counts else None,
    )


def kept_in_time(facts: Facts, on: date) -> Share:
    """Return commitments kept by the day first promised, of those kept or due by then."""
    judged = [each for each in facts.commitments if each.kept_at or each.original_due_on < on]
    good = [each for each in judged if each.kept_at and day_in_england(each.kept_at) <= each.original_due_on]
    return share_of(len(good), len(judged))


def slips_of(facts: Facts) -> Slips:
    """Return how often due dates passed or were moved."""
    slips = [commitment.slips for commitment in facts.commitments]
    return Slips(slips=sum(slips), commitments=len(slips), slipped=sum(each > 0 for each in slips))


def raised_again(facts: Facts) -> Share:
    """Return how many closed loops were raised again within a year."""
    closed = [loop for loop in facts.loops if loop.state == "closed"]
    return share_of(sum(loop.raised_again for loop in closed), len(closed))
