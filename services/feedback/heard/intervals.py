"""Shares of people who were heard, with what chance and rounding leave open."""

from math import sqrt
from typing import NamedTuple

# 95 of 100 such intervals hold the true share.
Z = 1.96


class Interval(NamedTuple):
    """A share lies between these."""

    low: float
    high: float


def wilson_interval(part: int, whole: int) -> Interval:
    """The interval of Wilson for a share of a sample; of nobody nothing is known."""
    if not whole:
        return Interval(0.0, 1.0)
    share, square = part / whole, Z * Z / whole
    middle = share + square / 2
    spread = Z * sqrt((share * (1 - share) + square / 4) / whole)
    return Interval(max(0.0, (middle - spread) / (1 + square)), min(1.0, (middle + spread) / (1 + square)))


def rounded_interval(part: int, others: int, part_slack: int, others_slack: int) -> Interval:
    """The same where both counts can be higher by so many."""
    low = wilson_interval(part, part + others + others_slack).low
    return Interval(low, wilson_interval(part + part_slack, part + part_slack + others).high)
