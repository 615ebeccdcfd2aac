"""The quarters by which the public sees figures about people, so that no two days differ by one person."""

from datetime import date, timedelta
from typing import NamedTuple

from shared.clock import today

DAY = timedelta(days=1)
MONTHS = 3


class Days(NamedTuple):
    """Days from one to another, both included; `since` is None where they have no beginning."""

    since: date | None
    until: date


def quarter_of(day: date) -> date:
    """The first day of the quarter of a day."""
    return date(day.year, (day.month - 1) // MONTHS * MONTHS + 1, 1)


def next_quarter(day: date) -> date:
    """The first day of the quarter after that of a day; date.max where the calendar ends."""
    year, month = divmod(quarter_of(day).month - 1 + MONTHS, 12)
    return date(day.year + year, month + 1, 1) if day.year + year <= date.max.year else date.max


def whole_quarters(since: date | None, until: date | None) -> Days:
    """The quarters that lie between two days as a whole and have ended."""
    first = since and (since if since == quarter_of(since) else next_quarter(since))
    ended = quarter_of(today())
    after = min(ended, quarter_of(until + DAY)) if until and until < date.max else ended
    return Days(first, max(after, date.min + DAY) - DAY)


class Stretch(NamedTuple):
    """Days from one to another, both included."""

    first: date
    last: date


class Months(NamedTuple):
    """Whole months by their first days, from one to another, and the days around them."""

    first: date
    last: date
    around: tuple[Stretch, ...]


def whole_months(since: date, until: date) -> Months:
    """The months that lie between two days as a whole, and the days that are left."""
    begin = since if since.day == 1 else next_month(since)
    end = date.max if until == date.max else (until + DAY).replace(day=1)
    if begin >= end:
        return Months(date.max, date.max, (Stretch(since, until),))
    before = (Stretch(since, begin - DAY),) if since < begin else ()
    after = (Stretch(end, until),) if end <= until else ()
    return Months(begin, end - DAY, before + after)


def next_month(day: date) -> date:
    """The first day of the month after that of a day; date.max where the calendar ends."""
    year, month = divmod(day.month, 12)
    return date(day.year + year, month + 1, 1) if day.year + year <= date.max.year else date.max
