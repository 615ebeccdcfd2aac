"""Problems of lookups: each says what to do, none can hold a postcode of its own."""

import pytest

from services.registry.lookup.errors import NoFootprintThen, PostcodeIncomplete, PostcodeUnknown
from shared.errors import Problem


@pytest.mark.parametrize(
    ("problem", "status", "code"),
    [
        (PostcodeUnknown, 404, "postcode_unknown"),
        (PostcodeIncomplete, 422, "postcode_incomplete"),
        (NoFootprintThen, 404, "no_footprint_then"),
    ],
)
def test_codes_and_statuses_are_stable(problem: type[Problem], status: int, code: str) -> None:
    assert (problem.status, problem.code) == (status, code)
    assert problem().detail == problem.sentence()
