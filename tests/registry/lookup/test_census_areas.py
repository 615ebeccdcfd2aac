"""The small area, the ward and the constituencies of a place."""

from types import SimpleNamespace
from typing import Any

import orjson
import pytest

from services.registry.lookup.census_areas import census_areas
from tests.fixtures.clients import ServiceClient

SPLIT = [
    ("ward", "WARD2024", "E05", "Elvet", 1.0),
    ("constituency", "PCON2024", "E14", "Durham", 0.9),
    ("constituency", "PCON2024", "E15", "Elsewhere", 0.1),
]


def place(**more: Any) -> Any:
    """Return a row of a place in an area that two constituencies share."""
    own: dict[str, Any] = {"area": "E01", "area_name": "Durham 001A", "deprivation_decile": 3}
    return SimpleNamespace(**own | {"electoral_areas": orjson.dumps(SPLIT), "constituency": None} | more)


@pytest.mark.parametrize(
    ("exception", "shares"), [(None, {"E14": 0.9, "E15": 0.1}), ("E15", {"E15": 1.0}), ("E14", {"E14": 1.0})]
)
def test_a_postcode_that_is_an_exception_is_in_one_constituency(
    exception: str | None, shares: dict[str, float]
) -> None:
    small_area, ward, *found = census_areas(place(constituency=exception))
    assert (small_area["kind"], small_area["code"]) == ("small_area", "E01")
    assert small_area["deprivation_decile"] == 3
    assert (ward["kind"], ward["name"], ward["share"]) == ("ward", "Elvet", 1.0)
    assert {each["code"]: each["share"] for each in found} == shares
    assert all(each["deprivation_decile"] is None and each["id"] is None for each in found)


def test_a_whole_body_has_none() -> None:
    assert census_areas(place(area_name=None)) == []
    assert census_areas(place(area=None)) == []


async def look_up(registry: ServiceClient, **place: str) -> dict[str, Any]:
    """Return what a lookup finds."""
    answer = await registry.post("/v1/lookup", json=place)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("postcode", "constituencies"),
    [
        # Wholly in one; in an area that two share; and in the one with the smaller share of its area.
        ("NE1 4LP", [("E14001377", 1.0)]),
        ("DH1 1YJ", [("E14001382", 0.9831), ("E14001173", 0.0169)]),
        ("DH1 2TJ", [("E14001173", 1.0)]),
    ],
)
async def test_a_place_has_a_ward_and_its_constituencies(
    registry: ServiceClient, postcode: str, constituencies: list[tuple[str, float]]
) -> None:
    areas = (await look_up(registry, postcode=postcode))["areas"]
    (ward,) = [area for area in areas if area["kind"] == "ward"]
    assert (ward["edition"], ward["share"], ward["id"]) == ("WARD2024", 1.0, None)
    assert ward["code"].startswith("E05")
    found = [area for area in areas if area["kind"] == "constituency"]
    assert {area["edition"] for area in found} == {"PCON2024"}
    shares = [(area["code"], area["share"]) for area in found]
    assert shares == constituencies


async def test_what_is_no_small_area_has_no_ward(registry: ServiceClient) -> None:
    for place in ({"postcode": "NE1"}, {"council": "E08000021"}):
        areas = (await registry.post("/v1/lookup", json=place)).json()["areas"]
        assert not {area["kind"] for area in areas} & {"small_area", "ward", "constituency"}
