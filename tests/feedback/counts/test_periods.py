"""Periods are calendar months, quarters and years."""

from datetime import date

import pytest

from services.feedback.counts.periods import Period, begin_of, month_after, months_of, name_of


@pytest.mark.parametrize(
    ("period", "first", "months", "name"),
    [
        ("month", date(2026, 5, 1), 1, "2026-05"),
        ("quarter", date(2026, 4, 1), 3, "2026-Q2"),
        ("year", date(2026, 1, 1), 12, "2026"),
    ],
)
def test_a_month_is_in_one_period_of_each_length(period: Period, first: date, months: int, name: str) -> None:
    assert begin_of(period, date(2026, 5, 1)) == first
    assert len(months_of(period, first)) == months
    assert name_of(period, first) == name


def test_months_run_over_the_end_of_a_year() -> None:
    assert month_after(date(2026, 12, 1), 1) == date(2027, 1, 1)
    assert month_after(date(2026, 1, 1), -1) == date(2025, 12, 1)
    assert name_of("quarter", date(2026, 10, 1)) == "2026-Q4"
