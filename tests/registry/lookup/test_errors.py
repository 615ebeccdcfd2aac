"""Problems of lookups: each says what to do, none can hold a postcode of its own."""

import pytest

from services.registry.lookup.errors import (
    BodyNotPlaced,
    CodeUnknown,
    NoFootprintThen,
    PlaceTooFar,
    PostcodeUnknown,
)
from shared.errors import Problem


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (PostcodeUnknown, "postcode_unknown"),
        (CodeUnknown, "code_unknown"),
        (BodyNotPlaced, "body_not_placed"),
        (PlaceTooFar, "place_too_far"),
        (NoFootprintThen, "no_footprint_then"),
    ],
)
def test_codes_and_statuses_are_stable(problem: type[Problem], code: str) -> None:
    assert (problem.status, problem.code) == (404, code)
    assert problem().detail == problem.sentence()
