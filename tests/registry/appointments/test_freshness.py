"""How far an appointment is trusted, by when somebody verified it."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.registry.appointments.domain import freshness_of, is_current
from services.registry.appointments.queries import STALE_AFTER
from services.registry.models import Appointment

DAYS = st.dates(date(2016, 1, 1), date(2026, 11, 1))
MAYBE = st.none() | DAYS


def appointment(known_on: date, **more: Any) -> Appointment:
    """Return an appointment that a source said for a day."""
    return Appointment(role="chair", status="vacant", known_on=known_on, source="a test", **more)


def test_it_is_fresh_for_90_days_and_stale_after_180() -> None:
    known = appointment(date(2026, 1, 1))
    found = [freshness_of(known, known.known_on + timedelta(days=age)) for age in (0, 90, 91, 180, 181)]
    assert found == ["fresh", "fresh", "ageing", "ageing", "stale"]


def test_a_confirmation_counts_from_its_day() -> None:
    confirmed = appointment(date(2025, 1, 1), confirmed_on=date(2026, 1, 1))
    assert freshness_of(confirmed, date(2026, 3, 1)) == "fresh"


def test_until_an_end_that_has_come_it_is_sure() -> None:
    ended = appointment(date(2016, 1, 1), held_to=date(2018, 1, 1))
    assert is_current(ended, date(2017, 12, 31))
    assert not is_current(ended, date(2018, 1, 2))


def test_an_end_to_come_keeps_nothing_fresh() -> None:
    assert freshness_of(appointment(date(2016, 1, 1), held_to=date(2199, 1, 1)), date(2026, 1, 1)) == "stale"


def test_nobody_holds_a_role_in_a_body_that_closed() -> None:
    known = appointment(date(2026, 1, 1))
    assert is_current(known, date(2026, 1, 2), closed_on=date(2026, 1, 2))
    assert not is_current(known, date(2026, 1, 3), closed_on=date(2026, 1, 2))


@given(known_on=DAYS, confirmed_on=MAYBE, held_from=MAYBE, held_to=MAYBE, day=DAYS)
def test_what_is_current_is_held_and_not_stale(
    known_on: date, confirmed_on: date | None, held_from: date | None, held_to: date | None, day: date
) -> None:
    row = appointment(known_on, confirmed_on=confirmed_on, held_from=held_from, held_to=held_to)
    if is_current(row, day):
        assert (held_from or day) <= day <= (held_to or day)
        assert day - max(each for each in (known_on, confirmed_on, held_to) if each) <= STALE_AFTER
