"""Boundaries over HTTP."""

from pathlib import Path

import pytest

from services.registry.boundaries.outlines import outlines_of
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements

VINTAGES = ["STP2016", "STP2017", "STP2018", "STP2020", "ICB2022", "ICB2023", "ICB2026"]


async def test_editions_say_when_they_held_and_where_their_outlines_are(registry: ServiceClient) -> None:
    body = (await registry.get("/v1/boundaries")).json()
    found = {each["edition"]: each for each in body["items"]}
    assert (list(found), body["next"]) == (VINTAGES, None)
    assert [found[each]["features"] for each in ("STP2016", "STP2018", "ICB2023", "ICB2026")] == [
        44,
        1,
        42,
        36,
    ]
    assert (found["STP2016"]["valid_from"], found["STP2016"]["valid_to"]) == ("2016-03-15", "2017-03-31")
    assert found["ICB2026"]["valid_to"] is None
    assert found["ICB2026"]["href"] == "/v1/boundaries/ICB2026"
    assert "Open Government Licence" in found["ICB2026"]["notice"]
    nearest = {each["edition"]: each["nearest"] for each in body["items"] if each["href"] is None}
    assert nearest == {"STP2017": "STP2016", "STP2018": "STP2016", "STP2020": "ICB2023", "ICB2022": "ICB2023"}


@pytest.mark.parametrize(
    ("day", "held"),
    [
        ("2016-03-14", []),
        ("2016-04-01", ["STP2016"]),
        ("2018-06-08", ["STP2017", "STP2018"]),
        ("2022-07-01", ["ICB2022"]),
        ("2026-03-31", ["ICB2023"]),
        ("2026-04-01", ["ICB2026"]),
    ],
)
async def test_which_edition_held_on_a_day(registry: ServiceClient, day: str, held: list[str]) -> None:
    found = (await registry.get("/v1/boundaries", params={"as_of": day})).json()["items"]
    assert [each["edition"] for each in found] == held


@pytest.mark.parametrize(("edition", "count"), [("STP2016", 44), ("icb2023", 42), ("ICB2026", 36)])
async def test_every_outline_is_a_body_and_every_body_has_one(
    registry: ServiceClient, extract: Path, edition: str, count: int
) -> None:
    answer = await registry.get(f"/v1/boundaries/{edition}")
    assert answer.headers["Content-Type"] == "application/geo+json"
    body = answer.json()
    assert (body["type"], body["edition"]) == ("FeatureCollection", edition.upper())
    assert "Contains OS data © Crown copyright" in body["notice"]
    assert "not for deciding" in body["simplified"]
    assert len(body["features"]) == count
    codes = {code for each in body["features"] for code in each["properties"]["codes"].values()}
    assert set(outlines_of(extract, edition.upper())) <= codes
    listed = await registry.get("/v1/footprints", params={"edition": edition, "limit": 200})
    known = {each["id"]: each for each in listed.json()["items"]}
    for each in body["features"]:
        told = known[each["id"]]
        assert each["geometry"]["type"] in ("Polygon", "MultiPolygon")
        properties = each["properties"]
        assert (properties["name"], properties["codes"]) == (told["name"], told["codes"])
        assert properties["href"] == f"/v1/footprints/{each['id']}"


async def test_an_edition_without_outlines_names_the_nearest_that_has_some(registry: ServiceClient) -> None:
    answer = await registry.get("/v1/boundaries/STP2020")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_outline")
    assert "read /v1/boundaries/ICB2023" in answer.json()["detail"]
    unknown = await registry.get("/v1/boundaries/ICB1999")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")
    assert "/v1/boundaries" in unknown.json()["detail"]
    assert (await registry.get("/v1/boundaries/a%20b")).status_code == 422


async def test_one_footprint_on_a_day(registry: ServiceClient) -> None:
    answer = await registry.get("/v1/footprints/ods:QRL/boundary?as_of=2026-04-01")
    one = answer.json()
    assert (one["type"], one["properties"]["edition"]) == ("Feature", "ICB2026")
    assert "not for deciding" in one["simplified"]
    then = (await registry.get("/v1/footprints/ods:QRL/boundary?as_of=2026-03-31")).json()
    assert then["id"] == one["id"]
    assert then["properties"]["codes"]["ons"] != one["properties"]["codes"]["ons"]
    assert then["geometry"] != one["geometry"]
    again = await registry.get(
        "/v1/footprints/ods:QRL/boundary?as_of=2026-04-01", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("ref", "day", "step"),
    [
        ("ods:QHM", "2022-07-01", "ask with as_of=2023-04-01 (ICB2023)"),
        ("ods:QVP", "2018-01-01", "ask with as_of=2016-03-15 (STP2016)"),
        ("ods:QHM", "2021-05-01", "read /v1/boundaries/ICB2023"),
    ],
)
async def test_a_footprint_without_outline_on_a_day_says_what_to_ask(
    registry: ServiceClient, ref: str, day: str, step: str
) -> None:
    answer = await registry.get(f"/v1/footprints/{ref}/boundary", params={"as_of": day})
    assert (answer.status_code, answer.json()["code"]) == (404, "no_outline")
    assert step in answer.json()["detail"]


async def test_a_collection_costs_three_queries(registry: ServiceClient) -> None:
    with statements(registry) as sent:
        await registry.get("/v1/boundaries/ICB2026")
    assert len(sent) == 3
