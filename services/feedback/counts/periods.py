"""The periods by which counts are told: calendar months, quarters and years, and no others."""

from datetime import date
from typing import Literal

Period = Literal["month", "quarter", "year"]
MONTHS_OF = {"month": 1, "quarter": 3, "year": 12}


def month_after(month: date, months: int) -> date:
    """The first day of the month so many months later, or earlier if it is below zero."""
    year, place = divmod(month.year * 12 + month.month - 1 + months, 12)
    return date(year, place + 1, 1)


def next_month(month: date) -> date:
    """The first day of the next month."""
    return month_after(month, 1)


def begin_of(period: Period, month: date) -> date:
    """The first month of the period in which a month is."""
    return month_after(month, -((month.month - 1) % MONTHS_OF[period]))


def months_of(period: Period, first: date) -> list[date]:
    """The months of a period that begins with this one."""
    return [month_after(first, each) for each in range(MONTHS_OF[period])]


def name_of(period: Period, first: date) -> str:
    """What a period is called: `2026-05`, `2026-Q2`, `2026`."""
    names = {"month": f"{first:%Y-%m}", "quarter": f"{first:%Y}-Q{(first.month + 2) // 3}"}
    return names.get(period, f"{first:%Y}")
