"""How residents pass from footprint to footprint."""

from datetime import date
from uuid import UUID

import pytest

from services.registry.lineage.flows import portions, spread
from services.registry.lineage.queries import Link

A, B, C = UUID(int=1), UUID(int=2), UUID(int=3)
START, END = date(2016, 3, 15), date(2026, 11, 23)


def link(before: UUID, after: UUID, year: int, share: float) -> Link:
    """Return a link of the first day of a year."""
    return Link(before, after, date(year, 1, 1), share, "test")


def closing_link(after: UUID, share: float) -> Link:
    """Return a link by which A closed."""
    return Link(A, after, date(2017, 1, 1), share, "test", "succeeded_by")


def test_without_links_everybody_stays() -> None:
    assert spread([], A, START, END) == {A: 1.0}


def test_shares_multiply_along_the_way() -> None:
    links = [link(A, B, 2017, 0.25), link(B, C, 2018, 0.5)]
    assert spread(links, A, START, END) == {A: 0.75, B: 0.125, C: 0.125}


def test_what_passed_before_does_not_pass_again() -> None:
    links = [link(B, C, 2017, 1.0), link(A, B, 2018, 1.0)]
    assert spread(links, A, START, END) == {B: 1.0}


def test_what_passes_on_the_same_day_passes_once() -> None:
    links = [link(A, B, 2017, 1.0), link(B, C, 2017, 1.0)]
    assert spread(links, A, START, END) == {B: 1.0}


def test_only_days_after_the_first_and_up_to_the_last_count() -> None:
    links = [link(A, B, 2017, 1.0)]
    assert spread(links, A, date(2017, 1, 1), END) == {A: 1.0}
    assert spread(links, A, START, date(2016, 12, 31)) == {A: 1.0}
    assert spread(links, A, START, date(2017, 1, 1)) == {B: 1.0}


def test_what_rounding_leaves_is_nobody() -> None:
    assert spread([link(A, B, 2017, 0.9999)], A, START, END) == {B: 0.9999}


def test_what_rounding_left_of_shares_passes_when_a_body_closes() -> None:
    closing = [closing_link(B, 0.3333), closing_link(C, 0.6666)]
    assert sum(portions(closing).values()) == pytest.approx(1)
    passing = [link(A, B, 2017, 0.3333)]
    assert list(portions(passing).values()) == [0.3333]
