"""What a register says for a day, seen beside what it said before: what changed since changed on that day."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """A value between two days, both included; None for a beginning or an end that is not known."""

    value: Any
    valid_from: date | None = None
    valid_to: date | None = None
    # What is said besides, and never tells two values apart: a share, a source.
    rest: tuple[Any, ...] = ()


def follow_up(
    before: Sequence[Span], claims: Sequence[Span], as_of: date, closed_on: date | None, *, is_newer: bool
) -> list[Span]:
    """Return the history of one thing, from its history so far and what a register says for a day.

    A newer register than the one before tells what changed: the value before ends on the eve of its day. The
    same one again, put right, tells what was always so. A blank says nothing.
    """
    day = min(as_of, closed_on or as_of)
    # The last that is claimed may be known to come after that day.
    now = claims[-1] if claims and (claims[-1].valid_to or date.max) >= day else None
    if not before or now is None:
        return list(before or claims)
    if now.value == before[-1].value:
        found = [*before[:-1], replace(before[-1], valid_to=now.valid_to, rest=now.rest)]
    else:
        start = later(as_of if is_newer else before[-1].valid_from, now.valid_from)
        if closed_on and start:
            start = min(start, closed_on)
        found = [*until(before, start), replace(now, valid_from=start)]
    if {each.value for each in claims} - {each.value for each in found}:
        # What it says of earlier days is new: then its word is taken for all of them.
        return list(claims)
    return [begun(found[0], claims[0]), *found[1:]]


def later(one: date | None, other: date | None) -> date | None:
    """Return the later of two days, of which each may not be known."""
    return max((each for each in (one, other) if each), default=None)


def until(spans: Sequence[Span], start: date | None) -> list[Span]:
    """Return what is left of spans before a day."""
    if start is None:
        return []
    eve = start - timedelta(days=1)
    left = [each for each in spans if (each.valid_from or date.min) < start]
    return [each if (each.valid_to or date.max) <= eve else replace(each, valid_to=eve) for each in left]


def begun(first: Span, claim: Span) -> Span:
    """Return the first span with the beginning that is claimed for it."""
    if first.value != claim.value or (claim.valid_from or date.min) > (first.valid_to or date.max):
        return first
    return replace(first, valid_from=claim.valid_from)
