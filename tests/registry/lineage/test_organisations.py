"""What became of an organisation, and what it came from, over HTTP."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.registry.lineage.organisations import Family
from services.registry.lineage.queries import Step
from services.registry.settings import Settings
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.a_body import BOARD

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


async def test_before_it_opened_or_was_known_there_is_no_lineage(registry: ServiceClient) -> None:
    for query, code in (
        ({"as_of": "2015-01-01"}, "not_open_yet"),
        ({"known_at": "2020-01-02T00:00:00Z"}, "not_known_then"),
    ):
        answer = await registry.get("/v1/organisations/ods:R0A/lineage", params=query)
        assert (answer.status_code, answer.json()["code"]) == (404, code)


def family(*steps: tuple[int, int, int]) -> Family:
    """Bodies of which all but the last closed in 2019, and what passed between them in a year."""
    numbers = sorted({each for before, after, _ in steps for each in (before, after)})
    closed = {each: date(2019, 12, 31) if each < numbers[-1] else None for each in numbers}
    bodies = {id_of(each): replace(BOARD, id=id_of(each), valid_to=closed[each]) for each in numbers}
    passed = [
        Step(id_of(before), id_of(after), date(year, 4, 1), None, "test", "succeeded_by", None)
        for before, after, year in steps
    ]
    return Family(bodies, passed, date(2026, 11, 30))


def id_of(number: int) -> UUID:
    """The id of a body by its number."""
    return UUID(int=number)


def test_what_passed_on_before_a_body_took_over_is_not_followed() -> None:
    found = family((1, 2, 2015), (2, 3, 2010), (2, 4, 2018), (3, 4, 2018))
    assert found.standing(id_of(1)) == [id_of(4)]
    (heir,) = found.heirs(id_of(1))
    assert [each.organisation.id for each in heir.successors] == [id_of(4)]


def test_a_circle_ends_and_no_branch_is_shown_twice() -> None:
    circle = family((1, 2, 2015), (2, 1, 2016), (2, 3, 2017))
    assert circle.standing(id_of(1)) == [id_of(3)]
    layers = [
        (10 * n + one, 10 * n + 10 + two, 2000 + n) for n in range(12) for one in (0, 1) for two in (0, 1)
    ]
    wide = family(*layers)
    assert len(wide.heirs(id_of(0))) == 2
    assert len(wide.forebears(id_of(121), date(2026, 11, 30))) == 2


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


@pytest.mark.usefixtures("imported")
async def test_an_edition_of_groups_says_that_a_group_is_meant(registry: ServiceClient) -> None:
    """The location that followed the group has its codes."""
    path, edition = "/v1/organisations/ods:01H", {"edition": "CCG2016"}
    then = (await registry.get(path, params=edition)).json()
    assert (then["kind"], then["as_of"]) == ("ccg", "2016-04-01")
    family = {"edition": "ccg2019", "as_of": DAY}
    assert (await registry.get(path, params=family)).json()["kind"] == "ccg"
    assert (await registry.get(path, params={"as_of": DAY})).json()["kind"] == "sub_icb_location"
    became = (await registry.get(f"{path}/lineage", params=edition)).json()
    assert became["organisation"]["kind"] == "ccg"
    assert codes(became["successors"])[-1] == "01H"
    wrong = await registry.get(path, params={"edition": "CCG2022"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/query/edition")
