"""Figures about people: all of them together tell no small count, even to a reader who knows the rules."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product
from uuid import UUID

import pytest

from services.loop.measures.people import public_declines, public_told
from services.loop.sums.adding import Added, Cells
from services.loop.sums.facts import VerdictRow
from services.loop.sums.people import count_shown, public_total, show_count, sum_figures, sum_shown
from services.loop.sums.scopes import Whose
from services.loop.verdicts.counting import CHOICES, VerdictFigures, count_voices, public_figures
from shared.disclosure import SMALL, Count, public_count, public_sum
from tests.fixtures.figures import plain_counts
from tests.shared.test_disclosure import compositions

QUARTERS = [date(2026, month, 1) for month in (1, 4, 7)]
WHOSE = Whose(False, UUID(int=2), UUID(int=1)).words
HAPPENED = CHOICES["did_it_happen"]
Counts = tuple[int, ...]


@cache
def loop(counts: Counts = (), quarter: int = 0, answer: str = "will_do", **cells: int) -> Added:
    """One of a body's closed loops, with so many witnessed verdicts of each answer."""
    given = [
        voice(did_it_happen=str(each)) for each, n in zip(HAPPENED, counts, strict=False) for _ in range(n)
    ]
    found = count_voices(given) + Counter({f"answer.{answer}": 1, **cells})
    return Added(WHOSE, None, QUARTERS[quarter], None, found)


def voice(
    did_it_happen: str = "no", explained_well: int | None = None, *, witnessed: bool = True
) -> VerdictRow:
    """A verdict."""
    return VerdictRow(UUID(int=1), did_it_happen, None, explained_well, None, witnessed, 0)


def shown_of(loops: Sequence[Added]) -> Cells:
    """What the public sees of the people of these loops, of each quarter together."""
    shown = Cells()
    for quarter in {each.closed_in for each in loops}:
        shown.update(count_shown(each for each in loops if each.closed_in == quarter))
    return shown


@cache
def page_of(counts: Counts) -> VerdictFigures:
    """What the page about one loop says."""
    return public_figures(loop(counts).cells, public_count(sum(counts)))


def summed(*loops: Added) -> VerdictFigures:
    """The public figures of the verdicts on these loops."""
    return sum_figures(shown_of(loops))


def tables_of(people: range) -> list[Counts]:
    """Every way in which that many people can have answered."""
    return [each for each in product(range(people[-1] + 1), repeat=len(HAPPENED)) if sum(each) in people]


def all_that_is_public(loops: Sequence[tuple[Counts, int]]) -> str:
    """What every page about these loops says together: of each loop, of each quarter, and of all."""
    quarters = sorted({quarter for _, quarter in loops})
    shown = [page_of(counts) for counts, _ in loops]
    for chosen in [quarters, *([quarter] for quarter in quarters if len(quarters) > 1)]:
        shown += [summed(*(loop(*each) for each in loops if each[1] in chosen))]
    return repr(shown)


def worlds_told(quarters: Sequence[int], tables: Sequence[Counts]) -> Iterator[list[Counts]]:
    """The worlds that look the same in public, wherever all have the same small count in one place."""
    worlds: defaultdict[str, list[Counts]] = defaultdict(list)
    for each in product(tables, repeat=len(quarters)):
        shown = all_that_is_public(list(zip(each, quarters, strict=True)))
        worlds[shown].append(tuple(count for counts in each for count in counts))
    for same in worlds.values():
        if any(len(set(values)) == 1 and values[0] < SMALL for values in zip(*same, strict=True)):
            yield same


@pytest.mark.parametrize(
    ("quarters", "people"),
    [
        ([0, 0], range(1, 6)),
        ([0, 1], range(4, 6)),
        ([0, 0, 0], range(2, 3)),
        ([0, 0, 1], range(2, 3)),
    ],
)
def test_nothing_public_about_loops_tells_a_small_count(quarters: list[int], people: range) -> None:
    assert next(worlds_told(quarters, tables_of(people)), None) is None


@pytest.mark.parametrize("people", [6, 9, 11])
def test_no_loop_tells_who_is_witnessed_or_what_few_of_them_said(people: int) -> None:
    worlds: defaultdict[str, list[Counts]] = defaultdict(list)
    choices = list(product((True, False), HAPPENED))
    for counts in compositions(people, len(choices)):
        rows = [
            voice(str(said), witnessed=witnessed)
            for (witnessed, said), count in zip(choices, counts, strict=True)
            for _ in range(count)
        ]
        shown = repr(public_figures(count_voices(rows), len(rows)))
        worlds[shown].append((*counts, sum(counts[:4]), sum(counts[4:])))
    assert len(worlds) > 1
    for same in worlds.values():
        assert not any(len(set(values)) == 1 and values[0] < SMALL for values in zip(*same, strict=True))


def test_verdicts_on_small_loops_are_counted_together() -> None:
    found = summed(loop((3, 1, 0, 0)), loop((3, 0, 0, 0)))
    assert (found.verdicts, found.did_it_happen) == (
        7,
        dict.fromkeys(map(str, HAPPENED), "fewer than 5") | {"yes": 6},
    )
    apart = summed(loop((3, 1, 0, 0)), loop((3, 0, 0, 0), quarter=1))
    assert (apart.verdicts, apart.did_it_happen) == ("held back", None)


def test_a_sum_says_at_least_what_its_loops_show() -> None:
    found = summed(loop((9, 6, 1, 1)), loop((3, 0, 0, 0)))
    assert found.verdicts == "at least 17"
    assert found.did_it_happen == {
        "yes": "at least 9",
        "partly": "at least 6",
        "no": "held back",
        "cannot_tell": "held back",
    }


def declined(marks: Sequence[int]) -> Added:
    """A loop whose body declined, and how well people found it explained."""
    closed = loop(answer="cannot")
    return replace(closed, cells=closed.cells + count_voices(voice(explained_well=mark) for mark in marks))


def test_declines_tell_what_their_marks_tell() -> None:
    marks = [1] * 5 + [2] * 6 + [4] * 7 + [5, 3]
    found = plain_counts(public_declines(shown_of([declined(marks), loop((9, 0, 0, 9))])))
    assert found == {"n": "at least 18", "well": "at least 7", "share": None}
    known = plain_counts(public_declines(shown_of([declined([1, 2, 3, 4, 5] * 5)])))
    assert known == {"n": 25, "well": 10, "share": 0.4}
    assert plain_counts(public_declines(shown_of([loop((9, 0, 0, 9))]))) == {
        "n": 0,
        "well": None,
        "share": None,
    }


def test_those_who_cannot_be_told_are_shown_of_groups_with_five_of_each() -> None:
    def people(told: int, cannot: int) -> Added:
        return loop(has_people=1, told=told, can=told, cannot=cannot)

    few = plain_counts(public_told(shown_of([people(12, 3)])))
    assert tuple(few.values()) == (12, "held back", "held back", None)
    many = plain_counts(public_told(shown_of([people(12, 3), people(8, 2)])))
    assert tuple(many.values()) == (20, 20, 5, 1.0)


@pytest.mark.parametrize("shown", list(product([0, 5, 12, "fewer than 5", "held back"], repeat=3)))
def test_counts_that_are_added_up_say_the_same_as_their_sum(shown: tuple[Count, ...]) -> None:
    cells = Cells()
    for number, count in enumerate(shown, 1):
        show_count(cells, "told", count)
        assert sum_shown(cells, "told") == public_sum(shown[:number])


@pytest.mark.parametrize("parts", range(1, 6))
def test_no_total_tells_one_of_the_small_counts_in_it(parts: int) -> None:
    worlds = defaultdict(list)
    for counts in product_of_small(parts):
        worlds[public_total(counts)].append(counts)
    assert all(len(set(values)) > 1 for same in worlds.values() for values in zip(*same, strict=True))


def product_of_small(parts: int) -> list[tuple[int, ...]]:
    """Every list of so many counts from 1 to 4."""
    shorter = product_of_small(parts - 1) if parts > 1 else [()]
    return [(*rest, count) for rest in shorter for count in range(1, SMALL)]
