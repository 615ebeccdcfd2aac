"""Why a postcode is not known, over HTTP too."""

import pytest

from services.registry.areas import OutsidePart
from services.registry.lookup.outside import problem_of
from services.registry.lookup.placing import PostcodeIsNoPlace, PostcodeOutsideEngland, PostcodeUnknown
from shared.errors import Problem
from tests.fixtures.clients import ServiceClient


def part(part: str, country: str | None, meaning: str | None = None, *, whole: bool = True) -> OutsidePart:
    """Return what is known of a part of a postcode."""
    return OutsidePart(part=part, country=country, meaning=meaning, is_certain=whole)


BORDER = part("CA6", "Scotland", whole=False)


@pytest.mark.parametrize(
    ("parts", "problem", "words"),
    [
        ([], PostcodeUnknown, "new, wrong or outside England"),
        ([BORDER], PostcodeUnknown, "or in Scotland"),
        ([part("CA6 4", "England"), BORDER], PostcodeUnknown, "new, wrong or outside England"),
        ([part("CA6 9", "Scotland"), BORDER], PostcodeOutsideEngland, "ask the health board of NHS Scotland"),
        ([part("AB1", "Atlantis")], PostcodeOutsideEngland, "in Atlantis"),
        ([part("ZZ99 3VZ", None, "no fixed abode")], PostcodeIsNoPlace, "no fixed abode"),
        ([part("ZZ99", None, "overseas", whole=False)], PostcodeIsNoPlace, "Codes like this"),
    ],
)
def test_the_longest_part_that_is_known_says_why(
    parts: list[OutsidePart], problem: type[Problem], words: str
) -> None:
    found = problem_of(parts)
    assert type(found) is problem
    assert words in found.detail
    assert not any(each.part in found.detail for each in parts)


@pytest.mark.parametrize(
    ("postcode", "code", "words"),
    [
        ("CF10 1AA", "postcode_outside_england", "in Wales. Doorway knows the NHS in England only"),
        ("EH1", "postcode_outside_england", "in Scotland"),
        ("BT1 5GS", "postcode_outside_england", "in Northern Ireland"),
        ("JE2 3", "postcode_outside_england", "in the Channel Islands"),
        ("IM1 1AA", "postcode_outside_england", "on the Isle of Man"),
        ("CA6 5ZZ", "postcode_unknown", "or in Scotland: postcodes like it are on both sides of the border"),
        ("CA6 4ZZ", "postcode_unknown", "It may be new, wrong or outside England"),
        ("ZZ99 3VZ", "postcode_is_no_place", 'it means "no fixed abode"'),
        ("ZZ99 9ZZ", "postcode_is_no_place", '"normally resident overseas" and so on'),
        ("ZZ99", "postcode_is_no_place", "stand for no place"),
    ],
)
async def test_what_is_outside_england_or_no_place_is_called_that(
    registry: ServiceClient, postcode: str, code: str, words: str
) -> None:
    posted = await registry.post("/v1/lookup", json={"postcode": postcode})
    asked = await registry.get("/v1/lookup", params={"postcode": postcode})
    (listed,) = (await registry.post("/v1/lookup/batch", json={"places": [postcode]})).json()["results"]
    for told in (posted.json(), asked.json(), listed):
        assert told["code"] == code
        assert words in told["detail"]
    assert (posted.status_code, asked.status_code) == (404, 404)
    assert postcode not in posted.text + asked.text
