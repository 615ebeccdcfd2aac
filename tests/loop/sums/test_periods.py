"""Quarters: whole ones, and only when they have ended."""

from datetime import UTC, date, datetime

import pytest

from services.loop.sums.periods import whole_quarters
from tests.loop.conftest import SetTime


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (None, None, (None, date(2026, 9, 30))),
        (date(2026, 4, 1), date(2026, 6, 30), (date(2026, 4, 1), date(2026, 6, 30))),
        (date(2026, 4, 2), date(2026, 6, 29), (date(2026, 7, 1), date(2026, 3, 31))),
        (date(2025, 11, 5), date(2026, 11, 5), (date(2026, 1, 1), date(2026, 9, 30))),
        (date.max, date.max, (date.max, date(2026, 9, 30))),
        (date.min, date.min, (date.min, date(1, 1, 1))),
    ],
)
def test_only_whole_quarters_that_have_ended_count(
    since: date | None, until: date | None, days: tuple[date | None, date], set_time: SetTime
) -> None:
    set_time(datetime(2026, 11, 30, 12, tzinfo=UTC))
    assert whole_quarters(since, until) == days
