"""What is current, and what is only the last that was known."""

from dataclasses import replace
from datetime import date
from types import SimpleNamespace
from typing import Any, get_args
from uuid import UUID

from services.registry.appointments.domain import is_named
from services.registry.contacts.domain import is_in_doubt
from services.registry.contacts.schemas import Channel
from services.registry.known.domain import (
    CHANNELS,
    current_leaders,
    gaps_of_name,
    nearest_first,
    no_contact,
    no_leader,
)
from services.registry.models import Appointment, Contact
from shared.ids import new_id
from tests.registry.a_body import BOARD

BODY = UUID(int=7)
NAMES = {BODY: "Somewhere"}


def appointment(known_on: date, **fields: Any) -> Appointment:
    """Return an appointment to lead a footprint."""
    given: dict[str, Any] = {
        "role": "footprint lead",
        "status": "confirmed",
        "holder": None,
        "as_published": None,
        "imported": True,
    }
    given |= {"id": new_id(), "body_id": BODY, "known_on": known_on, "source": "test"}
    return Appointment(**(given | fields))


def contact(channel: str, known_on: date) -> Contact:
    """Return a contact."""
    return Contact(id=new_id(), body_id=BODY, channel=channel, value=channel, known_on=known_on)


def test_only_what_was_said_last_of_a_role_is_current() -> None:
    latest, earlier = appointment(date(2019, 4, 3)), appointment(date(2019, 3, 7))
    chair = appointment(date(2019, 3, 7), role="chair")
    assert current_leaders([latest, earlier, chair], date(2019, 5, 1)) == [latest, chair]


def test_what_nobody_verified_for_180_days_is_not_current() -> None:
    assert current_leaders([appointment(date(2019, 4, 3))], date(2019, 9, 30)) != []
    assert current_leaders([appointment(date(2019, 4, 3))], date(2019, 10, 1)) == []


def test_two_who_share_a_role_are_both_current() -> None:
    both = [appointment(date(2019, known, 7), imported=False) for known in (4, 3)]
    assert current_leaders(both, date(2019, 5, 1)) == both


def test_who_has_ended_or_not_begun_is_not_current() -> None:
    ended = appointment(date(2019, 4, 3), held_to=date(2019, 4, 30))
    to_come = appointment(date(2019, 4, 3), held_from=date(2019, 5, 2))
    assert current_leaders([ended, to_come], date(2019, 5, 1)) == []


def test_a_vacancy_names_nobody() -> None:
    assert not is_named(appointment(date(2019, 4, 3), status="vacant"))
    assert is_named(appointment(date(2019, 4, 3), as_published="A. Nother, Chair"))


def test_the_last_known_leader_is_told_in_the_sources_words() -> None:
    gap = no_leader([appointment(date(2019, 4, 3), as_published="A. Nother (Chair)")], NAMES, [])
    assert gap.last_known == "A. Nother (Chair), footprint lead of Somewhere"
    assert gap.last_known_on == date(2019, 4, 3)


def test_of_the_same_day_the_bodys_own_comes_first_then_those_of_whom_it_has_the_most_of() -> None:
    part, whole, own = UUID(int=1), UUID(int=2), BODY
    lineage: Any = [
        SimpleNamespace(id=part, relation="predecessor", share=0.2244, residents=746_739),
        SimpleNamespace(id=whole, relation="predecessor", share=1.0, residents=5),
        SimpleNamespace(id=own, relation="this", share=1.0, residents=None),
    ]
    day = date(2019, 4, 3)
    later = appointment(date(2019, 4, 4), body_id=part)
    same_day = [appointment(day, body_id=each) for each in (part, whole, own)]
    found = nearest_first([later, *same_day], lineage)
    assert [each.body_id for each in found] == [part, own, whole, part]
    assert found[0] is later


def test_the_last_known_contact_is_the_one_that_a_person_would_try_first() -> None:
    known = [
        contact("post", date(2019, 4, 3)),
        contact("email", date(2019, 4, 3)),
        contact("email", date(2018, 1, 1)),
    ]
    gap = no_contact(known, NAMES, [])
    assert (gap.last_known, gap.last_known_on) == ("email: email (Somewhere)", date(2019, 4, 3))


def test_where_nothing_was_ever_known_it_says_so() -> None:
    for gap in (no_leader([], NAMES, []), no_contact([], NAMES, [])):
        assert (gap.last_known, gap.last_known_on) == (None, None)


def test_every_channel_has_its_place_in_the_order_of_trying() -> None:
    assert set(CHANNELS) == set(get_args(Channel))


def test_a_contact_is_in_doubt_from_the_day_on_which_words_came_back() -> None:
    found = contact("email", date(2026, 4, 3))
    assert not is_in_doubt(found, date(2026, 5, 1))
    found.doubtful_since = date(2026, 5, 1)
    assert [is_in_doubt(found, date(2026, month, 1)) for month in (4, 5, 6)] == [False, True, True]


def test_a_body_whose_name_on_a_day_is_in_doubt_says_which_two_it_may_have_had() -> None:
    first, last = date(2020, 10, 1), date(2022, 3, 17)
    body = replace(BOARD, next_name="The board", renamed_not_before=first, renamed_by=last)
    [gap] = gaps_of_name(body)
    assert gap.why == (
        "It was renamed from A board to The board between 1 October 2020 and 17 March 2022: its name on this"
        " day is not known."
    )
    assert (gap.what, gap.last_known, gap.last_known_on) == ("name", "A board", date(2020, 9, 30))
    assert gaps_of_name(BOARD) == []
