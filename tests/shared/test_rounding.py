"""Counts that are rounded: whatever answers a reader puts together, each small count keeps several values."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import product

import pytest

from shared.disclosure import SMALL, Rounding

World = tuple[int, ...]
ROUNDING = Rounding()
MOST = 11


def tellable(worlds: Iterable[World], answers: Callable[[World], object]) -> list[tuple[object, int, int]]:
    """Each small count that all answers together tell, by what is shown, its place and its value.

    What is shown next to the largest counts that were tried has worlds beyond them, so it is left out.
    """
    alike = defaultdict(list)
    for world in worlds:
        alike[answers(world)].append(world)
    return [
        (shown, place, values[0])
        for shown, same in alike.items()
        if max(map(max, same)) < MOST
        for place, values in enumerate(zip(*same, strict=True))
        if len(set(values)) < 2 and values[0] < SMALL
    ]


@pytest.mark.parametrize(
    ("count", "least"), [(0, 0), (4, 0), (5, 5), (9, 5), (10, 10), (14, 10), (1_000_003, 1_000_000)]
)
def test_a_count_is_rounded_down(count: int, least: int) -> None:
    assert ROUNDING.least(count) == least


def test_a_deployment_rounds_further() -> None:
    strict = Rounding(20, 10)
    assert [strict.least(count) for count in (4, 19, 20, 29, 31)] == [0, 0, 20, 20, 30]


def test_the_search_finds_what_true_totals_would_tell() -> None:
    """Five counts of 4 make 20, and nothing else does: beside a total that is rounded alone each is told."""

    def with_total(world: World) -> object:
        return *map(ROUNDING.least, world), ROUNDING.least(sum(world))

    assert {value for _, _, value in tellable(product(range(SMALL), repeat=5), with_total)} == {4}


@pytest.mark.parametrize("rounding", [Rounding(), Rounding(10, 5), Rounding(7, 5), Rounding(5, 6)])
def test_no_table_tells_a_small_count_of_a_part_or_within_it(rounding: Rounding) -> None:
    """Two kinds and a theme, which is of some of the pieces, whichever these are."""

    def shown(world: World) -> object:
        first, second, theme = world
        return tuple(rounding.table({"first": first, "second": second}, {"theme": theme}).values())

    worlds = (each for each in product(range(2 * MOST), repeat=3) if each[2] <= each[0] + each[1])
    assert tellable(worlds, shown) == []


def test_two_themes_tell_no_small_count_of_the_one_kind_in_which_they_are() -> None:
    def shown(world: World) -> object:
        kind, first, second = world
        return tuple(ROUNDING.table({"kind": kind}, {"first": first, "second": second}).values())

    worlds = (each for each in product(range(2 * MOST), repeat=3) if max(each[1:]) <= each[0])
    assert tellable(worlds, shown) == []


def test_a_kind_and_the_methods_that_it_falls_into_tell_no_small_count() -> None:
    def shown(world: World) -> object:
        return *map(ROUNDING.least, world), ROUNDING.least(sum(world))

    assert tellable(product(range(MOST + 4), repeat=3), shown) == []


def test_months_their_quarter_and_their_total_tell_no_small_count() -> None:
    """Answers are sums of the tables, so no choice of periods or kinds shows more than the tables do."""

    def shown(world: World) -> object:
        months = [
            ROUNDING.table({"first": a, "second": b}, {})
            for a, b in zip(world[::2], world[1::2], strict=True)
        ]
        by_kind = [sum(month[kind] for month in months) for kind in ("first", "second")]
        return tuple(tuple(month.values()) for month in months), *by_kind, sum(by_kind)

    assert tellable(product(range(MOST), repeat=4), shown) == []


def test_a_place_and_the_bodies_in_it_tell_no_small_count_and_not_what_is_left() -> None:
    """What names no body is the place's count less those of its bodies: nobody can work that out."""

    def shown(world: World) -> object:
        one, other, neither = world
        return tuple(map(ROUNDING.least, (one, other, one + other + neither)))

    assert tellable(product(range(MOST + 5), repeat=3), shown) == []


def test_pieces_that_are_published_tell_of_no_other_piece() -> None:
    """A reader who counts what is published learns at most that there is nothing else, never of one piece."""

    def shown(world: World) -> object:
        published, hidden = world
        return published, ROUNDING.least(published + hidden)

    told = tellable(product(range(MOST), repeat=2), shown)
    assert {value for _, place, value in told if place == 1} == {0}
