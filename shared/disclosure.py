"""Disclosure control: in public, small counts of people are held back, because they can identify somebody.

A reader who knows these rules must be left with at least two possible values of each small count: see
docs/decisions/0028, and 0065 for counts that are rounded.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field

from shared.schemas import Answer

SMALL = 5
FEWER = "fewer than 5"
# A count that would tell a small one beside it, as what is left of their sum.
HELD = "held back"
Count = int | str


class Figure(Answer):
    """A count of people as an answer shows it."""

    n: int | None = Field(description="The count; null where it is held back.")
    shown: str = Field(description="The count in words for people: `12`, `fewer than 5`, `held back`.")


def figure_of(count: object) -> object:
    """A count as an answer shows it; anything else as it is."""
    if isinstance(count, Count):
        return {"n": count if isinstance(count, int) else None, "shown": str(count)}
    return count


ShownCount = Annotated[Figure, BeforeValidator(figure_of)]


def public_count(count: int) -> Count:
    """A count of people as the public may see it: from 1 to 4 only that it is fewer than 5."""
    return FEWER if 0 < count < SMALL else count


def public_result(count: int) -> Count:
    """How many people something is true of, as is shown: that it is nobody tells of each of a few."""
    return FEWER if count < SMALL else count


def public_sum(shown: Sequence[Count]) -> Count:
    """The sum of counts as each of them is shown, so that it tells nothing that they do not."""
    known = sum(each for each in shown if isinstance(each, int))
    if all(isinstance(each, int) for each in shown):
        return known
    if len(shown) == 1:
        return shown[0]
    return f"at least {known}" if known else HELD


def public_distribution(counts: Mapping[str, int]) -> dict[str, Count] | None:
    """How answers are distributed as the public may see it; None when it would tell too much.

    Counts from 0 to 4 are shown as fewer than 5. Where their sum tells them, the smallest other is held back.
    """
    small = [count for count in counts.values() if count < SMALL]
    large = sorted(count for count in counts.values() if count >= SMALL)
    shown: dict[str, Count] = {name: FEWER if count < SMALL else count for name, count in counts.items()}
    if not small or (large and is_open(len(small), sum(small))):
        return shown
    if len(large) < 2 or not is_open_beside_one(len(small), sum(small) + large[0], large[1] - 1):
        return None
    return shown | {next(name for name, count in counts.items() if count == large[0]): HELD}


def is_open(cells: int, total: int) -> bool:
    """Whether each of so many small counts can have two values at least, though their sum is known."""
    return cells > 1 and 0 < total < cells * (SMALL - 1)


def is_open_beside_one(cells: int, total: int, largest: int) -> bool:
    """Whether that is so beside one held back, from 5 to `largest`, when only the sum with it is known.

    A reader knows that it is held back only where the small counts alone were not open.
    """
    sums = range(SMALL) if cells == 1 else (0, cells * (SMALL - 1))
    return sum(SMALL <= total - each <= largest for each in sums) > 1


class Rounding(NamedTuple):
    """How a deployment rounds counts of people: below `small` to nothing, otherwise down to whole steps.

    An answer is a sum of what `table` says and of nothing else. So whoever puts answers together learns at
    most these numbers, each of which stands for so many counts.
    """

    small: int = SMALL
    step: int = SMALL

    def least(self, count: int) -> int:
        """How many there are at least, as it is shown."""
        return 0 if count < self.small else count - count % self.step

    def table(self, parts: Mapping[str, int], within: Mapping[str, int]) -> dict[str, int]:
        """The parts of a whole, rounded, and what is within it, which never shows more than they do together.

        There is no total beside the parts: what it had more than their sum would tell what they hide.
        """
        shown = {name: self.least(count) for name, count in parts.items()}
        whole = sum(shown.values())
        return shown | {name: min(self.least(count), whole) for name, count in within.items()}
