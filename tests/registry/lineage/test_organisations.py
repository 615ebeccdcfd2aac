"""What became of an organisation, and what it came from, over HTTP."""

from collections.abc import Mapping
from typing import Any

import pytest

from services.registry.settings import Settings
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient

DAY = "2026-11-30"


async def lineage(registry: ServiceClient, ref: str, as_of: str = DAY) -> dict[str, Any]:
    """Return the lineage of an organisation."""
    answer = await registry.get(f"/v1/organisations/{ref}/lineage", params={"as_of": as_of})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def codes(bodies: list[Mapping[str, Any]]) -> list[str]:
    """Return the ODS codes of bodies, or of the organisations that steps name."""
    return [each.get("organisation", each)["codes"]["ods"] for each in bodies]


async def test_a_trust_that_merged_is_what_took_over(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:RW3")
    assert found["organisation"]["valid_to"] == "2017-09-30"
    assert codes(found["today"]) == ["R0A"]
    assert found["today"][0]["footprint"]["codes"]["ods"] == "QOP"
    (step,) = found["successors"]
    assert (step["on"], step["kind"], step["successors"]) == ("2017-10-01", "succeeded_by", [])
    assert found["detail"] is None


async def test_a_trust_of_today_is_what_came_together(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:R0A")
    assert sorted(codes(found["predecessors"])) == ["RM2", "RW3", "RW6"]
    assert codes(found["today"]) == ["R0A"]
    (part,) = [step for step in found["predecessors"] if step["organisation"]["codes"]["ods"] == "RW6"]
    assert "North Manchester General Hospital" in part["note"]


async def test_a_trust_that_closed_after_another_joined_it_leads_on(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:RNK")
    assert codes(found["today"]) == ["G6V2S"]


async def test_what_became_of_a_group_goes_on_to_its_location(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:00C", as_of="2021-04-01")
    assert codes(found["today"]) == ["16C"]
    later = await lineage(registry, "ods:00C")
    assert [(each["kind"], each["footprint"]["codes"]["ods"]) for each in later["today"]] == [
        ("sub_icb_location", "QHM")
    ]


async def test_what_came_later_is_not_known_on_an_earlier_day(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:RW3", as_of="2017-09-30")
    assert (codes(found["today"]), found["successors"]) == (["RW3"], [])


async def test_a_body_of_which_no_source_says_more_says_so(registry: ServiceClient) -> None:
    found = await lineage(registry, "ods:R0C")
    assert (found["today"], found["successors"]) == ([], [])
    assert "No source says what became of it" in found["detail"]


async def test_an_unknown_organisation_is_404(registry: ServiceClient) -> None:
    for ref in ("ods:RZZ", str(new_id())):
        answer = await registry.get(f"/v1/organisations/{ref}/lineage")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("imported")
async def test_the_answer_about_a_closed_trust_names_what_it_is_today(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/organisations/ods:RW3", params={"as_of": DAY})).json()
    assert codes(found["today"]) == ["R0A"]
    assert codes(found["successors"]) == ["R0A"]
    assert "successors" not in found["successors"][0]


async def test_a_name_between_two_registers_says_so_in_the_history(
    registry: ServiceClient, imported: Settings
) -> None:
    found = (await registry.get("/v1/organisations/ods:RCB/history")).json()["items"]
    names = {each["value"]: each for each in found if each["fact"] == "name"}
    latest = names["York and Scarborough Teaching Hospitals NHS Foundation Trust"]
    assert (latest["valid_from"], latest["not_before"]) == ("2022-03-17", "2020-10-01")
    then = await registry.get("/v1/organisations/ods:RCB", params={"as_of": "2018-01-01"})
    assert then.json()["name"] == "York Teaching Hospital NHS Foundation Trust"
