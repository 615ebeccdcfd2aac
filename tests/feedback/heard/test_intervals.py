"""Shares with intervals: against values worked out by hand, and wider the more is rounded."""

import pytest

from services.feedback.heard.intervals import rounded_interval, wilson_interval


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    [
        (0, 0, 0, 1),
        (0, 10, 0, 0.2775),
        (5, 10, 0.2366, 0.7634),
        (10, 100, 0.0552, 0.1744),
        (10, 10, 0.7225, 1),
    ],
)
def test_the_interval_of_wilson(part: int, whole: int, low: float, high: float) -> None:
    assert wilson_interval(part, whole) == pytest.approx((low, high), abs=0.0001)


def test_rounding_makes_it_wider_and_never_leaves_the_true_share_out() -> None:
    exact = wilson_interval(12, 45)
    rounded = rounded_interval(10, 30, 4, 8)
    assert rounded.low < exact.low < exact.high < rounded.high
