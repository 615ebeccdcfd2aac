"""Figures about people: all of them together tell no small count, even to a reader who knows the rules."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from services.loop.measures.facts import LoopKey, ToldRow, VerdictRow
from services.loop.measures.people import public_declines, public_tables, public_told
from services.loop.verdicts.counting import CHOICES, VerdictFigures, public_figures, sum_figures
from shared.disclosure import SMALL, public_count
from tests.fixtures.figures import plain_counts
from tests.shared.test_disclosure import compositions

QUARTERS = [datetime(2026, month, 14, 12, tzinfo=UTC) for month in (2, 5, 8)]
BODY, PLACE = UUID(int=1), UUID(int=2)
HAPPENED = CHOICES["did_it_happen"]
Counts = tuple[int, ...]


def loop_key(number: int, quarter: int = 0, answer: str = "will_do") -> LoopKey:
    """One of a body's closed loops."""
    return LoopKey(UUID(int=number), BODY, PLACE, answer, QUARTERS[quarter])


def verdicts(loop: LoopKey, counts: Counts) -> list[VerdictRow]:
    """So many verdicts on a loop of each answer."""
    given = zip(HAPPENED, counts, strict=True)
    return [
        VerdictRow(loop, str(name), None, None, None, True, 0) for name, count in given for _ in range(count)
    ]


def summed(rows: Sequence[VerdictRow]) -> VerdictFigures:
    """The public figures of these verdicts."""
    return sum_figures(public_tables(rows))


def tables_of(people: range) -> list[Counts]:
    """Every way in which that many people can have answered."""
    return [each for each in product(range(people[-1] + 1), repeat=len(HAPPENED)) if sum(each) in people]


def all_that_is_public(loops: Sequence[tuple[LoopKey, Counts]]) -> str:
    """What every page about these loops says together: of each loop, of each quarter, and of all."""
    given = [verdicts(loop, counts) for loop, counts in loops]
    rows = [row for each in given for row in each]
    quarters = sorted({loop.closed_at for loop, _ in loops if loop.closed_at})
    shown = [public_figures(each, public_count(len(each))) for each in given]
    for chosen in [quarters, *([quarter] for quarter in quarters)]:
        shown += [summed([row for row in rows if row.loop.closed_at in chosen])]
    return repr(shown)


def worlds_told(keys: Sequence[LoopKey], tables: Sequence[Counts]) -> Iterator[list[Counts]]:
    """The worlds that look the same in public, wherever all have the same small count in one place."""
    worlds: defaultdict[str, list[Counts]] = defaultdict(list)
    for each in product(tables, repeat=len(keys)):
        shown = all_that_is_public(list(zip(keys, each, strict=True)))
        worlds[shown].append(tuple(count for counts in each for count in counts))
    for same in worlds.values():
        if any(len(set(values)) == 1 and values[0] < SMALL for values in zip(*same, strict=True)):
            yield same


@pytest.mark.parametrize(
    ("keys", "people"),
    [
        ([loop_key(1), loop_key(2)], range(1, 6)),
        ([loop_key(1), loop_key(2, quarter=1)], range(4, 6)),
        ([loop_key(1), loop_key(2), loop_key(3)], range(2, 3)),
        ([loop_key(1), loop_key(2), loop_key(3, quarter=1)], range(2, 3)),
    ],
)
def test_nothing_public_about_loops_tells_a_small_count(keys: list[LoopKey], people: range) -> None:
    assert next(worlds_told(keys, tables_of(people)), None) is None


@pytest.mark.parametrize("people", [6, 9, 11])
def test_no_loop_tells_who_is_witnessed_or_what_few_of_them_said(people: int) -> None:
    worlds: defaultdict[str, list[Counts]] = defaultdict(list)
    loop, choices = loop_key(1), list(product((True, False), HAPPENED))
    for counts in compositions(people, len(choices)):
        rows = [
            VerdictRow(loop, str(said), None, None, None, witnessed, 0)
            for (witnessed, said), count in zip(choices, counts, strict=True)
            for _ in range(count)
        ]
        shown = repr(public_figures(rows, len(rows)))
        worlds[shown].append((*counts, sum(counts[:4]), sum(counts[4:])))
    assert len(worlds) > 1
    for same in worlds.values():
        assert not any(len(set(values)) == 1 and values[0] < SMALL for values in zip(*same, strict=True))


def test_verdicts_on_small_loops_are_counted_together() -> None:
    found = summed([*verdicts(loop_key(1), (3, 1, 0, 0)), *verdicts(loop_key(2), (3, 0, 0, 0))])
    assert (found.verdicts, found.did_it_happen) == (
        7,
        dict.fromkeys(map(str, HAPPENED), "fewer than 5") | {"yes": 6},
    )
    apart = summed([*verdicts(loop_key(1), (3, 1, 0, 0)), *verdicts(loop_key(2, quarter=1), (3, 0, 0, 0))])
    assert (apart.verdicts, apart.did_it_happen) == ("held back", None)


def test_a_sum_says_at_least_what_its_loops_show() -> None:
    found = summed([*verdicts(loop_key(1), (9, 6, 1, 1)), *verdicts(loop_key(2), (3, 0, 0, 0))])
    assert found.verdicts == "at least 17"
    assert found.did_it_happen == {
        "yes": "at least 9",
        "partly": "at least 6",
        "no": "held back",
        "cannot_tell": "held back",
    }


def test_declines_tell_what_their_marks_tell() -> None:
    declined = loop_key(1, answer="cannot")
    marks = [
        VerdictRow(declined, "no", None, mark, None, True, 0) for mark in [1] * 5 + [2] * 6 + [4] * 7 + [5, 3]
    ]
    found = plain_counts(public_declines(marks))
    assert found == {"n": "at least 18", "well": "at least 7", "share": None}
    whole = [VerdictRow(declined, "no", None, mark, None, True, 0) for mark in [1, 2, 3, 4, 5] * 5]
    known = plain_counts(public_declines(whole))
    assert known == {"n": 25, "well": 10, "share": 0.4}


def test_those_who_cannot_be_told_are_shown_of_groups_with_five_of_each() -> None:
    def people(loop: LoopKey, told: int, cannot: int) -> list[ToldRow]:
        return [ToldRow(loop, told, told, cannot)]

    few = plain_counts(public_told(people(loop_key(1), 12, 3)))
    assert tuple(few.values()) == (12, "held back", "held back", None)
    many = plain_counts(public_told([*people(loop_key(1), 12, 3), *people(loop_key(2), 8, 2)]))
    assert tuple(many.values()) == (20, 20, 5, 1.0)
