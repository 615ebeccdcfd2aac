"""The clock is asked for the time, and can be set."""

from datetime import UTC, date, datetime

from shared import clock


def test_the_present_is_in_utc():
    assert clock.now().tzinfo is UTC


def test_today_is_a_date_in_england(monkeypatch):
    monkeypatch.setattr(clock.clock, "source", lambda: datetime(2026, 6, 30, 23, 30, tzinfo=UTC))
    assert clock.today() == date(2026, 7, 1)


def test_a_day_begins_at_midnight_in_england():
    assert clock.day_in_england(datetime(2026, 5, 31, 23, 30, tzinfo=UTC)) == date(2026, 6, 1)
    assert clock.day_in_england(datetime(2026, 12, 1, 23, 30, tzinfo=UTC)) == date(2026, 12, 1)
    assert clock.beginning_of(date(2026, 6, 1)) == datetime(2026, 5, 31, 23, tzinfo=UTC)
    assert clock.beginning_of(date(2026, 12, 1)) == datetime(2026, 12, 1, tzinfo=UTC)
