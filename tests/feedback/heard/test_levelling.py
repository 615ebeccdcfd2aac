"""Tables of the same people by several questions: whatever a reader combines, no small count is told."""

from collections import defaultdict
from itertools import product

from services.feedback.heard.levelling import CUT, level_tables
from shared.disclosure import SMALL, Rounding

ROUNDING = Rounding()


def test_all_questions_have_the_same_sum_and_none_says_more_than_is_there() -> None:
    tables = {
        "sex": {"female": 14, "male": 9, "not_asked": 4},
        "carer": {"carer": 3, "not_carer": 4, "not_asked": 20},
        "disability": {"disabled": 9, "not_disabled": 9, "prefer_not_to_say": 9},
    }
    shown = level_tables(tables, 1000, ROUNDING)
    assert {sum(table.values()) for table in shown.values()} == {15}
    assert all(n <= tables[name][code] for name, table in shown.items() for code, n in table.items())
    assert shown["carer"] == {"carer": 0, "not_carer": 0, "not_asked": 15}


def test_what_is_too_much_is_taken_from_who_is_unknown_and_marked_when_it_is_not() -> None:
    tables = {"sex": {"female": 10, "male": 15, "not_asked": 5}, "carer": {"carer": 30, "not_carer": 0}}
    assert level_tables(tables, 25, ROUNDING)["sex"] == {"female": 10, "male": 15, "not_asked": 0}
    cut = level_tables(tables, 20, ROUNDING)["sex"]
    assert cut == {"female": 10, "male": 10, "not_asked": 0, CUT: 1}


def test_two_questions_to_the_same_people_tell_no_small_count() -> None:
    """Four kinds of people by two questions: each person gives an answer to both, or is unknown to one."""
    alike = defaultdict(set)
    for first in product(range(10), repeat=3):
        n = sum(first)
        for second in product(range(10), repeat=2):
            if sum(second) > n:
                continue
            rest = n - sum(second)
            shown = level_tables(
                {"first": dict(zip(("a", "b", "not_asked"), first, strict=True)),
                 "second": {"c": second[0], "d": second[1], "not_asked": rest}},
                n, ROUNDING,
            )  # fmt: skip
            alike[repr(shown)].add((*first, *second, rest))
    told = [
        (shown, values[0])
        for shown, same in alike.items()
        if max(max(world[:5]) for world in same) < 9
        for values in zip(*same, strict=True)
        if len(set(values)) < 2 and values[0] < SMALL
    ]
    assert told == []
