"""What of a count of people is public."""

import pytest

from shared.disclosure import public_count, public_distribution, public_parts


@pytest.mark.parametrize(("count", "shown"), [(0, 0), (1, "fewer than 5"), (4, "fewer than 5"), (5, 5)])
def test_small_counts_are_held_back(count: int, shown: int | str) -> None:
    assert public_count(count) == shown


@pytest.mark.parametrize(
    ("counts", "shown"),
    [
        ({"yes": 9, "no": 0}, {"yes": 9, "no": 0}),
        ({"yes": 9, "partly": 6, "no": 2}, {"yes": 9, "partly": "held back", "no": "fewer than 5"}),
        ({"yes": 9, "partly": 1, "no": 2}, {"yes": 9, "partly": "fewer than 5", "no": "fewer than 5"}),
        ({"yes": 3, "no": 0}, {"yes": "fewer than 5", "no": 0}),
    ],
)
def test_what_would_tell_a_small_part_is_held_back_with_it(
    counts: dict[str, int], shown: dict[str, int | str]
) -> None:
    assert public_parts(counts) == shown


def test_below_five_answers_there_is_no_distribution() -> None:
    assert public_distribution({"yes": 4, "no": 0}) is None
    assert public_distribution({"yes": 5, "no": 0}) == {"yes": 5, "no": 0}
