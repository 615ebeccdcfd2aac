"""Whom a new holder ends."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.appointments.rules import RoleHeld, in_few_words, must_be_sound, to_be_ended
from services.registry.ledger.acts import copy_of
from services.registry.models import Appointment, Body
from shared.ids import new_id

DAY = date(2026, 5, 1)


def holding(**more: Any) -> Appointment:
    """Return somebody who holds a role since a day before."""
    given: dict[str, Any] = {
        "id": new_id(),
        "role": "chair",
        "status": "confirmed",
        "holder": "Kit Door",
        "known_on": date(2026, 1, 1),
    }
    return Appointment(**given | more)


def test_somebody_is_ended_only_when_that_is_said() -> None:
    present = [holding()]
    with pytest.raises(RoleHeld):
        to_be_ended(present, DAY, None)
    assert to_be_ended(present, DAY, True) == present
    assert to_be_ended(present, DAY, False) == []


@pytest.mark.parametrize("status", ["vacant", "not_announced"])
def test_nobody_gives_way_by_itself(status: str) -> None:
    present = [holding(status=status, holder=None)]
    assert to_be_ended(present, DAY, None) == present


@given(st.integers(0, 400), st.booleans())
def test_nothing_is_ended_before_it_began(later: int, vacant: bool) -> None:
    since = DAY + timedelta(days=later)
    status = {"status": "vacant", "holder": None} if vacant else {}
    with pytest.raises(RoleHeld):
        to_be_ended([holding(held_from=since, **status)], DAY, True)


def test_what_holds_a_role_is_named_in_a_few_words() -> None:
    assert in_few_words(holding(held_from=DAY)).startswith("Kit Door since 2026-05-01, /v1/appointments/")
    assert in_few_words(holding(holder=None, status="not_announced")).startswith("not announced, ")


def test_a_holder_may_be_known_in_the_sources_words_alone() -> None:
    row = holding(holder=None, as_published="A. Nother (Chair)", note="x" * 500)
    must_be_sound(copy_of(row, held_to=DAY), Body())
