"""Lookups over HTTP by the code of a body or by a position."""

from typing import Any

import pytest

from tests.fixtures.clients import ServiceClient


@pytest.mark.parametrize(
    ("place", "ods", "method"),
    [
        ({"council": "E08000021"}, "QHM", "council"),
        ({"council": "E10000030"}, "S9B9J", "council"),
        ({"ccg": "13T"}, "QHM", "ccg"),
        ({"ods": "QHM"}, "QHM", "ods"),
        ({"ods": "A86003"}, "QHM", "ods"),
        ({"ods": "QVP", "edition": "STP"}, "QHM", "ods"),
        ({"ons": "E54000001"}, "QHM", "ons"),
        ({"ons": "E38000212"}, "QHM", "ons"),
    ],
)
async def test_the_code_of_any_body_leads_to_its_footprint(
    registry: ServiceClient, place: dict[str, Any], ods: str, method: str
) -> None:
    answer = await registry.post("/v1/lookup", json={**place, "as_of": "2026-11-23"})
    found = answer.json()
    assert found["footprint"]["codes"]["ods"] == ods
    assert found["matched_by"]["method"] == method
    assert found["matched_by"]["body"]["name"]
    assert found["lineage"][0]["relation"] == "this"
    asked = await registry.get("/v1/lookup", params={**place, "as_of": "2026-11-23"})
    assert asked.json() == found


async def test_the_same_code_of_two_families_is_two_bodies(registry: ServiceClient) -> None:
    met = {}
    for edition in ("STP2016", "ICB2022"):
        answer = await registry.post("/v1/lookup", json={"ons": "E54000024", "edition": edition})
        met[edition] = answer.json()["matched_by"]["body"]
    assert met["STP2016"]["kind"] == "stp"
    assert met["ICB2022"]["kind"] == "icb"
    assert met["STP2016"]["id"] != met["ICB2022"]["id"]


async def test_an_old_footprint_that_was_split_says_to_which(registry: ServiceClient) -> None:
    answer = await registry.post("/v1/lookup", json={"ods": "QNQ", "as_of": "2026-11-23"})
    found = answer.json()
    assert (found["footprint"], found["ask_for"]) == (None, "postcode")
    assert "went to more than one" in found["detail"]
    assert abs(sum(each["share"] for each in found["candidates"]) - 1) < 0.001
    then = await registry.post("/v1/lookup", json={"ods": "QNQ", "as_of": "2024-01-01"})
    assert then.json()["footprint"]["codes"]["ods"] == "QNQ"
    assert then.json()["boundary_vintage"] == "ICB2023"


async def test_a_position_says_how_far_the_known_one_is(registry: ServiceClient) -> None:
    answer = await registry.post("/v1/lookup", json={"latitude": 54.9703, "longitude": -1.6131})
    found = answer.json()
    assert found["footprint"]["codes"]["ods"] == "QHM"
    assert found["certain"]
    assert found["matched_by"]["method"] == "nearest_known_position"
    assert 0 <= found["matched_by"]["distance_metres"] < 2_000
    assert "stands for this place" in found["matched_by"]["note"]
    assert "54.97" not in answer.text


async def test_a_position_far_from_all_known_ones_may_be_outside_england(registry: ServiceClient) -> None:
    """Off the coast of Northumberland; the nearest practice of the extract is in Newcastle or Gateshead."""
    at = {"latitude": 55.1, "longitude": -1.6}
    found = (await registry.post("/v1/lookup", json=at)).json()
    assert (found["certain"], found["ask_for"]) == (False, "postcode")
    assert {"small_area", "ward", "constituency"}.isdisjoint(each["kind"] for each in found["areas"])
    far = found["matched_by"]["distance_metres"]
    assert 6_000 < far < 25_000
    assert f"is {round(far / 1_000)} km away" in found["matched_by"]["note"]
    assert "may be outside England" in found["detail"]
    (listed,) = (await registry.post("/v1/lookup/batch", json={"places": [at]})).json()["results"]
    assert (listed["detail"], listed["note"]) == (found["detail"], found["matched_by"]["note"])


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ({"ods": "ZZZ999"}, "code_unknown"),
        ({"ons": "E54000024", "edition": "ICB2026"}, "code_unknown"),
        ({"council": "E54000024"}, "code_unknown"),
        ({"ods": "Y56"}, "body_not_placed"),
        ({"latitude": 48.85, "longitude": 2.35}, "place_too_far"),
    ],
)
async def test_what_nobody_knows_is_404_with_what_to_do(
    registry: ServiceClient, place: dict[str, Any], code: str
) -> None:
    answer = await registry.post("/v1/lookup", json=place)
    assert (answer.status_code, answer.json()["code"]) == (404, code)
    assert answer.json()["detail"]
    assert not any(str(value) in answer.text for value in place.values())


@pytest.mark.parametrize(
    ("place", "pointers"),
    [
        ({"latitude": 90.1, "longitude": 0}, ["latitude"]),
        ({"latitude": 0, "longitude": -180.1}, ["longitude"]),
        ({"postcode": "NE1 4LP", "ccg": "13T"}, ["postcode", "ccg"]),
        ({"ons": "QHM"}, ["ons"]),
        ({"ods": "QHM", "edition": "x"}, ["edition"]),
    ],
)
async def test_what_is_no_place_is_422_naming_the_fields(
    registry: ServiceClient, place: dict[str, Any], pointers: list[str]
) -> None:
    posted = await registry.post("/v1/lookup", json=place)
    asked = await registry.get("/v1/lookup", params=place)
    assert (posted.status_code, asked.status_code) == (422, 422)
    assert [error["pointer"] for error in posted.json()["errors"]] == [f"/{each}" for each in pointers]
    assert [error["pointer"] for error in asked.json()["errors"]] == [f"/query/{each}" for each in pointers]


async def test_what_is_written_beside_the_fields_of_an_address_is_not_repeated(
    registry: ServiceClient,
) -> None:
    answer = await registry.get("/v1/lookup?HG1%201AA")
    assert answer.status_code == 422
    assert "HG1" not in answer.text
