"""The calendar that clocks run by: working days are Monday to Friday, except the bank holidays of England."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

import holidays

from shared.clock import ENGLAND

DAY = timedelta(days=1)
SATURDAY = 5
BANK_HOLIDAYS = holidays.country_holidays("GB", subdiv="ENG")


@lru_cache(maxsize=10_000)
def is_working_day(day: date) -> bool:
    """Whether a day is a working day in England."""
    return day.weekday() < SATURDAY and day not in BANK_HOLIDAYS


def add_working_days(start: date, count: int) -> date:
    """The day that is this many working days after another; a negative count goes backwards."""
    day, step = start, DAY if count > 0 else -DAY
    for _ in range(abs(count)):
        day += step
        while not is_working_day(day):
            day += step
    return day


@lru_cache(maxsize=10_000)
def working_days_between(start: date, end: date) -> int:
    """The number of working days after one day, up to and including another; 0 if that is earlier."""
    return sum(is_working_day(start + n * DAY) for n in range(1, (end - start).days + 1))


def end_of(day: date) -> datetime:
    """The last moment of a day in England, in UTC."""
    return datetime.combine(day, time.max, ENGLAND).astimezone(UTC)
