"""Working days of England: weekends and bank holidays are none, and days begin in England."""

from datetime import UTC, date, datetime

import pytest

from services.loop.clocks.working_days import (
    add_working_days,
    end_of,
    is_working_day,
    working_days_between,
)


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 4, 3),
        date(2026, 4, 6),
        date(2026, 5, 4),
        date(2026, 8, 31),
        date(2026, 12, 28),
        date(2027, 12, 27),
        date(2026, 6, 6),
        date(2026, 6, 7),
    ],
)
def test_bank_holidays_and_weekends_are_no_working_days(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize("day", [date(2026, 3, 17), date(2026, 7, 13), date(2026, 8, 3), date(2026, 11, 30)])
def test_holidays_of_other_nations_are_working_days(day: date) -> None:
    assert is_working_day(day)


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 4, 1), 3, date(2026, 4, 8)),  # over Easter
        (date(2026, 12, 24), 3, date(2026, 12, 31)),  # over Christmas
        (date(2026, 6, 6), 1, date(2026, 6, 8)),  # from a Saturday
        (date(2026, 6, 8), 20, date(2026, 7, 6)),
        (date(2026, 4, 8), -3, date(2026, 4, 1)),
        (date(2026, 6, 6), 0, date(2026, 6, 6)),
    ],
)
def test_working_days_are_counted_in_both_directions(start: date, count: int, end: date) -> None:
    assert add_working_days(start, count) == end


def test_adding_and_counting_agree() -> None:
    for count in range(60):
        start = date(2026, 3, 20)
        assert working_days_between(start, add_working_days(start, count)) == count
    assert working_days_between(date(2026, 6, 8), date(2026, 6, 1)) == 0


def test_a_day_ends_at_midnight_in_england() -> None:
    assert end_of(date(2026, 12, 1)) == datetime(2026, 12, 1, 23, 59, 59, 999999, tzinfo=UTC)
