"""How numbers are made of facts."""

from collections import Counter
from collections.abc import Iterable

import pytest

from services.loop.measures.domain import percentile, share_of, times


@pytest.mark.parametrize(
    ("found", "percent", "value"),
    [
        ([], 50, None),
        ([7], 90, 7),
        ([4, 1, 3, 2], 50, 2),
        ([4, 1, 3, 2], 75, 3),
        (range(1, 11), 90, 9),
        (range(1, 12), 90, 10),
        ([1, 1, 1, 9], 90, 9),
    ],
)
def test_percentiles_are_values_that_occurred(found: Iterable[int], percent: int, value: int | None) -> None:
    assert percentile(Counter(found), percent) == value


def test_a_share_of_nothing_is_none() -> None:
    assert share_of(0, 0).share is None
    assert share_of(1, 3).share == 0.3333


def test_times_of_fewer_than_five_are_the_bodys_own() -> None:
    few = Counter([1, 2, 3])
    assert times(few, "days", own=True, within=0.5).median == 2
    public = times(few, "days", own=False, within=0.5)
    assert (public.n, public.median, public.within_clock) == (3, None, None)
    assert times(few + Counter([4, 5]), "days", own=False, within=None).p90 == 5
