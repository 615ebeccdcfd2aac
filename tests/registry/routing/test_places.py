"""Who is there at a place, where the data says little."""

from datetime import date
from typing import Any

import pytest

from services.registry.bodies.domain import CLOSED_FOR_GOOD
from services.registry.bodies.schemas import BodyNamed, Codes
from services.registry.ledger.views import View
from services.registry.models import Body, BodyName, Boundary
from services.registry.routing.places import NO_CODE, by_role, is_upper_tier, query_of_place
from services.registry.routing.schemas import RoutePlace
from services.registry.settings import Settings
from shared.errors import Invalid
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.writes import change, registered, steward

DAY = date(2026, 11, 1)


async def test_a_footprint_without_a_code_is_asked_about_by_a_postcode(
    imported: Settings, session_for: SessionFor
) -> None:
    session, new = await session_for("registry"), new_id()
    session.add(
        Body(
            id=new,
            key=f"test/{new}",
            kind="icb",
            is_footprint=True,
            is_organisation=True,
            opened_on=date(2026, 4, 1),
            source="invented",
        )
    )
    await session.flush()
    session.add(BodyName(body_id=new, name="No Code (invented)"))
    session.add(Boundary(body_id=new, edition="ICB2026", valid_from=date(2026, 4, 1)))
    await session.flush()
    with pytest.raises(Invalid) as caught:
        await query_of_place(session, RoutePlace(footprint=str(new)), View(DAY))
    assert (caught.value.detail, caught.value.errors[0].pointer) == (NO_CODE, "/place/footprint")


def a_body(kind: str, ons: str | None = None) -> BodyNamed:
    """Return a body of a kind."""
    return BodyNamed(id=new_id(), name=kind, kind=kind, codes=Codes(ods=None, ons=ons))


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        ("icb", "board"),
        ("stp", "board"),
        ("nhs_trust", "trust"),
        ("gp_practice", "practice"),
        ("local_authority", "council"),
        ("healthwatch", "healthwatch"),
        ("nhs_region", "region"),
        ("voluntary", "voluntary"),
    ],
)
def test_bodies_are_known_by_the_words_of_the_rules(kind: str, role: str) -> None:
    assert list(by_role([a_body(kind)])) == [role]


@pytest.mark.parametrize(
    ("ons", "upper"),
    [("E10000030", True), ("E06000001", True), ("E08000021", True), ("E07000215", False), (None, True)],
)
def test_a_district_has_no_social_care(ons: str | None, upper: bool) -> None:
    assert is_upper_tier(a_body("local_authority", ons)) is upper


async def test_nobody_is_sent_to_a_body_that_closed(registry: ServiceClient) -> None:
    trust = await registered(steward(registry), kind="nhs_trust", ods="RZZ8", footprint="ods:QHM")
    path = f"/v1/organisations/{trust['id']}"
    asked = {"matter": "complaint", "place": {"ods": "QHM"}, "organisation": trust["id"]}
    before = (await registry.post("/v1/route", json=asked)).json()
    assert trust["id"] in {step["body"]["id"] for step in before["steps"] if step["body"]}
    assert (await change(steward(registry), path, "ending", closed_on="2024-01-01")).status_code == 200
    after = await registry.post("/v1/route", json=asked)
    assert (after.status_code, after.json()["errors"][0]["pointer"]) == (422, "/organisation")
    assert after.json()["detail"] == CLOSED_FOR_GOOD.format(day="2024-01-01")


async def test_the_code_of_a_board_that_closed_leads_to_its_heir(registry: ServiceClient) -> None:
    asked = {"matter": "plan", "place": {"ods": "QNQ"}}
    found = (await registry.post("/v1/route", json=asked)).json()
    codes = {
        step["body"]["codes"]["ods"] for step in found["steps"] if step["to"] == "board" and step["body"]
    }
    assert "QNQ" not in codes


async def test_a_healthwatch_of_a_list_of_2017_is_the_last_that_was_known(registry: ServiceClient) -> None:
    asked = {"matter": "plan", "place": {"postcode": "NE1 4LP"}, "as_of": "2026-11-30"}
    [step] = await steps_to(registry, "healthwatch", asked)
    assert step["body"] is None
    assert [each["name"] for each in step["candidates"]] == ["Healthwatch Newcastle"]
    assert step["external"]["name"] == "Healthwatch England"
    assert step["not_known"].startswith(
        "Healthwatch Newcastle was known on 17 June 2017. Whether it still is"
    )
    [then] = await steps_to(registry, "healthwatch", asked | {"as_of": "2018-06-17"})
    assert (then["body"]["name"], then["external"]) == ("Healthwatch Newcastle", None)
    named = asked | {"organisation": step["candidates"][0]["id"]}
    [said] = await steps_to(registry, "healthwatch", named)
    assert said["body"]["name"] == "Healthwatch Newcastle"


async def test_a_healthwatch_of_a_page_of_this_year_is_named(registry: ServiceClient) -> None:
    asked = {"matter": "plan", "place": {"postcode": "RH8 0BT"}, "as_of": "2026-11-30"}
    [step] = await steps_to(registry, "healthwatch", asked)
    assert (step["body"]["name"], step["candidates"]) == ("Healthwatch Surrey", [])


async def steps_to(registry: ServiceClient, to: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the steps of an answer that lead to somebody."""
    answer = await registry.post("/v1/route", json=asked)
    assert answer.status_code == 200, answer.text
    return [each for each in answer.json()["steps"] if each["to"] == to]


async def test_a_trust_that_closed_is_refused_with_those_that_took_over(registry: ServiceClient) -> None:
    asked = {"matter": "complaint", "place": {"postcode": "NE1 4LP"}, "as_of": "2026-11-30"}
    answer = await registry.post("/v1/route", json=asked | {"organisation": "ods:RW6"})
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"]) == (422, "/organisation")
    assert "ods:R0A, Manchester University NHS Foundation Trust; ods:RM3, Northern Care" in error["detail"]
    nobody = await registry.post("/v1/route", json=asked | {"organisation": "ods:R0C"})
    assert "We do not know who has taken over" in nobody.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("place", "ward"),
    [({"postcode": "NE1 4LP"}, "your ward (Arthur's Hill)"), ({"ods": "QHM"}, "your ward,")],
)
async def test_the_councillor_is_that_of_the_ward_of_the_place(
    registry: ServiceClient, place: dict[str, str], ward: str
) -> None:
    asked = {"matter": "plan", "topic": "public_health", "place": place, "as_of": "2026-11-30"}
    steps = (await registry.post("/v1/route", json=asked)).json()["steps"]
    assert ward in steps[0]["if_no_reply_after"]["then"]
