"""The clock that everything asks, so that a test can set it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

ENGLAND = ZoneInfo("Europe/London")


def system_time() -> datetime:
    """The present instant of the machine, in UTC."""
    return datetime.now(UTC)


class Clock:
    """A source of the present instant; the process has one, `clock`."""

    def __init__(self, source: Callable[[], datetime] = system_time) -> None:
        self.source = source

    def now(self) -> datetime:
        """The present instant in UTC."""
        return self.source()


clock = Clock()


def now() -> datetime:
    """The present instant in UTC."""
    return clock.now()


def today() -> date:
    """Today's date in England."""
    return day_in_england(clock.now())


def day_in_england(moment: datetime) -> date:
    """The day of an instant in England."""
    return moment.astimezone(ENGLAND).date()


def beginning_of(day: date) -> datetime:
    """The first moment of a day in England, in UTC."""
    return datetime.combine(day, time.min, ENGLAND).astimezone(UTC)
