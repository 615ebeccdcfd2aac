"""Time, for the tests of knocks."""

from collections.abc import Callable, Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from shared.clock import ENGLAND, clock, system_time


@pytest.fixture
def time_passes() -> Iterator[Any]:
    """Let the clock stand later."""

    def later(span: timedelta) -> datetime:
        moment = system_time() + span
        clock.source = lambda: moment
        return moment

    yield later
    clock.source = system_time


@pytest.fixture
def on_day(time_passes: Any) -> Callable[[int, int], None]:
    """Let the clock stand at noon on a day of next year: in the middle of a quarter, or after it."""

    def stand(month: int, day: int) -> None:
        next_year = system_time().date().replace(year=system_time().year + 1, month=month, day=day)
        time_passes(datetime.combine(next_year, time(12), ENGLAND) - system_time())

    return stand
