"""What a register says for a day, beside what it said before."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.registry.imports.facts import Dated
from services.registry.imports.history import follow_up

OPENED, BEFORE, DAY = date(1974, 4, 1), date(2026, 3, 1), date(2026, 9, 30)
EVE = DAY - timedelta(days=1)


def test_what_a_newer_register_names_otherwise_changed_on_its_day() -> None:
    found = follow_up([Dated("a", OPENED)], [Dated("b", OPENED)], DAY, None, is_newer=True)
    assert found == [Dated("a", OPENED, EVE), Dated("b", DAY)]


def test_what_the_same_register_names_otherwise_was_always_so() -> None:
    found = follow_up([Dated("a", OPENED)], [Dated("b", OPENED)], BEFORE, None, is_newer=False)
    assert found == [Dated("b", OPENED)]
    since = [Dated("a", OPENED, EVE), Dated("b", DAY)]
    found = follow_up(since, [Dated("c", OPENED)], DAY, None, is_newer=False)
    assert found == [Dated("a", OPENED, EVE), Dated("c", DAY)]


def test_what_ended_ends_and_what_is_open_again_is_open() -> None:
    closed = date(2026, 8, 31)
    ended = follow_up([Dated("a", OPENED)], [Dated("a", OPENED, closed)], DAY, closed, is_newer=True)
    assert ended == [Dated("a", OPENED, closed)]
    assert follow_up(ended, [Dated("a", OPENED)], DAY, None, is_newer=True) == [Dated("a", OPENED)]


def test_what_closed_before_it_was_renamed_had_the_new_name_on_its_last_day() -> None:
    closed = date(2026, 8, 31)
    found = follow_up([Dated("a", OPENED)], [Dated("b", OPENED, closed)], DAY, closed, is_newer=True)
    assert found == [Dated("a", OPENED, closed - timedelta(days=1)), Dated("b", closed, closed)]


def test_a_beginning_that_is_put_right_is_taken() -> None:
    earlier = date(1970, 1, 1)
    assert follow_up([Dated("a", OPENED)], [Dated("a", earlier)], DAY, None, is_newer=True) == [
        Dated("a", earlier)
    ]


def test_a_register_that_does_not_know_says_nothing() -> None:
    past = [Dated("a", OPENED, date(2026, 3, 31))]
    before = [*past, Dated("b", date(2026, 4, 1))]
    assert follow_up(before, past, DAY, None, is_newer=True) == before
    assert follow_up(before, [], DAY, None, is_newer=False) == before


def test_what_is_known_to_come_is_no_change() -> None:
    claims = [Dated("a", OPENED, date(2026, 3, 31)), Dated("b", date(2026, 4, 1))]
    assert follow_up(claims, claims, date(2025, 7, 15), None, is_newer=True) == claims


def test_a_register_that_tells_the_past_anew_is_taken_at_its_word() -> None:
    claims = [Dated("x", OPENED, date(2026, 3, 31)), Dated("b", date(2026, 4, 1))]
    before = [Dated("a", OPENED, date(2026, 3, 31)), Dated("b", date(2026, 4, 1))]
    assert follow_up(before, claims, DAY, None, is_newer=True) == claims


def test_a_whole_history_with_other_days_is_taken_but_for_what_was_seen_earlier() -> None:
    before = [Dated("a", OPENED, date(2025, 12, 31)), Dated("b", date(2026, 1, 1))]
    told = [Dated("a", OPENED, date(2024, 12, 31)), Dated("b", date(2025, 1, 1))]
    assert follow_up(before, told, DAY, None, is_newer=True, is_whole=True) == told
    seen = [Dated("a", OPENED, DAY - timedelta(days=1)), Dated("b", DAY)]
    assert follow_up(told, seen, DAY, None, is_newer=True, is_whole=True)[-1] == told[-1]


def test_a_membership_did_not_begin_with_the_register_that_names_it() -> None:
    before, claims = [Dated("a", OPENED)], [Dated("a", DAY)]
    assert follow_up(before, claims, DAY, None, is_newer=True, keeps_start=True) == before


days = st.dates(date(2020, 1, 1), date(2026, 12, 31))
values = st.sampled_from("abc")


@st.composite
def histories(draw: st.DrawFn) -> list[Dated]:
    """Draw values that follow each other without a gap."""
    starts = sorted(draw(st.sets(days, min_size=1, max_size=4)))
    ends = [start - timedelta(days=1) for start in starts[1:]]
    return [Dated(draw(values), since, until) for since, until in zip(starts, [*ends, None], strict=True)]


@given(histories(), histories(), days, st.booleans())
def test_it_is_one_thing_at_a_time_and_the_same_register_again_changes_nothing(
    before: list[Dated], claims: list[Dated], as_of: date, is_newer: bool
) -> None:
    found = follow_up(before, claims, as_of, None, is_newer=is_newer)
    for one, other in pairwise(found):
        assert one.valid_to is not None
        assert other.valid_from is not None
        assert one.valid_to < other.valid_from
    assert found[-1].value == claims[-1].value
    assert follow_up(found, claims, as_of, None, is_newer=False) == found
