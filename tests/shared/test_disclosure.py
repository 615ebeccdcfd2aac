"""What of a count of people is public."""

from collections import defaultdict
from collections.abc import Iterator

import pytest

from shared.disclosure import SMALL, Count, public_count, public_distribution, public_sum

CHOICES = "abcde"


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, "fewer than 5"), (4, "fewer than 5"), (5, 5)])
def test_small_counts_are_held_back(count: int, shown: Count) -> None:
    assert public_count(count) == shown


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ((9, 5), (9, 5)),
        ((10, 1, 1), (10, "fewer than 5", "fewer than 5")),
        ((9, 6, 2, 1), (9, 6, "fewer than 5", "fewer than 5")),
        # 2 is what is left of 17, and 0 and 0 are what is left of 20.
        ((9, 6, 2), (9, "held back", "fewer than 5")),
        ((12, 8, 0, 0), None),
        ((9, 0), None),
        ((12, 0, 0, 0), None),
        ((4, 3, 2, 1), None),
    ],
)
def test_what_would_tell_a_small_part_is_held_back_with_it(
    counts: tuple[int, ...], shown: tuple[Count, ...] | None
) -> None:
    found = public_distribution(dict(zip(CHOICES, counts, strict=False)))
    assert (found and tuple(found.values())) == shown


def compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    """Every way in which a number of people can have given so many answers."""
    if parts == 1:
        yield (total,)
        return
    for first in range(total + 1):
        for rest in compositions(total - first, parts - 1):
            yield first, *rest


@pytest.mark.parametrize(("parts", "people"), [(2, 60), (3, 40), (4, 30), (5, 20)])
def test_no_table_tells_a_small_count_to_a_reader_who_knows_the_rules(parts: int, people: int) -> None:
    for total in range(SMALL, people):
        worlds = defaultdict(list)
        for counts in compositions(total, parts):
            shown = public_distribution(dict(zip(CHOICES, counts, strict=False)))
            worlds[repr(shown)].append(counts)
        told = [
            (shown, same)
            for shown, same in worlds.items()
            for values in zip(*same, strict=True)
            if len(set(values)) == 1 and values[0] < SMALL
        ]
        assert told == []


@pytest.mark.parametrize(
    ("shown", "total"),
    [
        ([], 0),
        ([12], 12),
        (["fewer than 5"], "fewer than 5"),
        ([12, 5], 17),
        ([12, "fewer than 5", 6], "at least 18"),
        (["held back", "fewer than 5"], "held back"),
    ],
)
def test_a_sum_tells_no_more_than_its_parts(shown: list[Count], total: Count) -> None:
    assert public_sum(shown) == total
