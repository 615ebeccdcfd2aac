"""Disclosure control: in public, small counts of people are held back, because they can identify somebody."""

from collections.abc import Mapping

SMALL = 5
FEWER = "fewer than 5"
# A count that would tell a small one beside it, as what is left of their sum.
HELD = "held back"


def public_count(count: int) -> int | str:
    """A count of people as the public may see it: from 1 to 4 only that it is fewer than 5."""
    return FEWER if 0 < count < SMALL else count


def public_parts(counts: Mapping[str, int]) -> dict[str, int | str]:
    """The parts of a known sum as the public may see them: one small part holds back a second."""
    shown = {name: public_count(count) for name, count in counts.items()}
    others = sorted(count for count in counts.values() if count >= SMALL)
    if list(shown.values()).count(FEWER) == 1 and others:
        shown[next(name for name, count in counts.items() if count == others[0])] = HELD
    return shown


def public_distribution(counts: Mapping[str, int]) -> dict[str, int | str] | None:
    """How answers are distributed as the public may see it; None when there are fewer than 5."""
    return None if sum(counts.values()) < SMALL else public_parts(counts)
