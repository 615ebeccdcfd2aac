"""Appointments over HTTP: who led a footprint, as history."""

import pytest

from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements


async def test_what_is_known_is_listed_with_its_source_the_latest_first(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/footprints/ods:QVP/appointments")).json()["items"]
    assert [(each["holder"], each["known_on"]) for each in found] == [
        ("Mark Adams", "2018-06-07"),
        ("Mark Adams", "2016-03-30"),
    ]
    assert {each["role"] for each in found} == {"footprint lead"}
    assert all(each["source"] for each in found)


async def test_a_vacancy_is_a_row(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/footprints/ods:QOQ/appointments?as_of=2016-04-01")).json()["items"]
    assert [(each["status"], each["holder"]) for each in found] == [("not_announced", None)]


async def test_as_of_shows_what_was_known_then(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/footprints/ods:QVP/appointments?as_of=2016-03-29")).json()
    assert found == {"items": [], "next": None}


async def test_pages_follow_each_other(registry: ServiceClient) -> None:
    first = (await registry.get("/v1/footprints/ods:QVP/appointments?limit=1")).json()
    second = (await registry.get(first["next"])).json()
    assert [each["known_on"] for each in first["items"] + second["items"]] == ["2018-06-07", "2016-03-30"]
    assert second["next"] is None


@pytest.mark.parametrize("cursor", ["W10", "WyJ4IiwieSJd", "bnVsbA", "%FF", "a" * 1001])
async def test_a_bad_cursor_is_422(registry: ServiceClient, cursor: str) -> None:
    answer = await registry.get(f"/v1/footprints/ods:QVP/appointments?cursor={cursor}")
    assert answer.status_code == 422


async def test_listing_costs_three_queries(registry: ServiceClient) -> None:
    with statements(registry) as sent:
        await registry.get("/v1/footprints/ods:QVP/appointments")
    assert len(sent) == 3


@pytest.mark.parametrize("as_of", ["2016-03-30", "2016-09-26", "2016-09-27", "2018-07-01", "2025-12-31"])
@pytest.mark.parametrize("ods", ["QVP", "QOQ", "QHL", "QJ2"])
async def test_only_current_ones_are_those_that_say_so(registry: ServiceClient, ods: str, as_of: str) -> None:
    path = f"/v1/footprints/ods:{ods}/appointments?as_of={as_of}"
    answers = [(await registry.get(path + more)).json().get("items", []) for more in ("", "&current=true")]
    assert [each for each in answers[0] if each["is_current"]] == answers[1]


async def test_boards_that_share_their_leaders_say_with_whom_and_when_it_was_said(
    registry: ServiceClient,
) -> None:
    (held,) = (await registry.get("/v1/footprints/ods:QHL?as_of=2025-08-01")).json()["leaders"]
    assert (held["status"], held["holder"], held["known_on"]) == ("shared", None, "2025-07-14")
    assert [each["name"] for each in held["shared_with"]] == ["NHS Black Country Integrated Care Board"]
    assert "as reported: agreed" in held["note"]
    later = (await registry.get("/v1/footprints/ods:QHL/appointments?as_of=2026-03-01")).json()["items"]
    assert {(each["is_current"], each["freshness"]) for each in later} == {(False, "stale")}


async def test_a_trusts_appointments_are_listed_in_three_queries(registry: ServiceClient) -> None:
    with statements(registry) as sent:
        answer = await registry.get("/v1/organisations/ods:RXF/appointments")
    assert (answer.json(), len(sent)) == ({"items": [], "next": None}, 3)
