"""Disclosure control: in public, small counts of people are held back, for they can tell who somebody is."""

from collections.abc import Mapping

SMALL = 5
FEWER = "fewer than 5"


def held_back(count: int) -> int | str:
    """Return a count of people as the public may see it: from 1 to 4 only that it is fewer than 5."""
    return FEWER if 0 < count < SMALL else count


def distribution(counts: Mapping[str, int]) -> dict[str, int | str] | None:
    """Return how answers are distributed as the public may see it; None when there are fewer than 5."""
    if sum(counts.values()) < SMALL:
        return None
    return {answer: held_back(count) for answer, count in counts.items()}
