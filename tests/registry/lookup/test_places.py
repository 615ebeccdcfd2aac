"""What a lookup says of a place over HTTP: whether its postcode is live, and in which group it was."""

from typing import Any

import pytest

from tests.fixtures.clients import ServiceClient


async def look_up(registry: ServiceClient, **place: str) -> dict[str, Any]:
    """Return what a lookup finds."""
    answer = await registry.post("/v1/lookup", json=place)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_postcode_that_ended_leads_to_its_area_and_says_so(registry: ServiceClient) -> None:
    ended = await look_up(registry, postcode="DH1 1AX", as_of="2026-11-23")
    assert ended["footprint"]["codes"]["ods"] == "QHM"
    assert ended["areas"][0]["code"] == "E01020690"
    assert ended["matched_by"]["is_live"] is False
    assert "has ended, or belongs to a large organisation" in ended["matched_by"]["note"]
    live = await look_up(registry, postcode="NE1 4LP", as_of="2026-11-23")
    assert (live["matched_by"]["is_live"], live["matched_by"]["note"]) == (True, None)
    council = (await registry.post("/v1/lookup", json={"council": "E08000021"})).json()
    assert council["matched_by"]["is_live"] is None


@pytest.mark.parametrize(
    ("day", "edition", "code", "name"),
    [
        ("2016-04-01", "CCG2016", "00J", "NHS North Durham CCG"),
        ("2020-03-31", "CCG2019", "00J", "NHS North Durham CCG"),
        ("2020-04-01", "CCG2020", "84H", "NHS County Durham CCG"),
        ("2026-11-23", "CCG2021", "84H", "NHS County Durham CCG"),
    ],
)
async def test_the_group_is_the_one_of_the_day(
    registry: ServiceClient, day: str, edition: str, code: str, name: str
) -> None:
    areas = (await look_up(registry, postcode="DH1 1AB", as_of=day))["areas"]
    (group,) = [area for area in areas if area["kind"] == "ccg"]
    assert (group["edition"], group["code"], group["name"], group["share"]) == (edition, code, name, 1.0)
