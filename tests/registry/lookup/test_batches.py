"""Many places at once: in their order, each with its own error, and nothing of them repeated."""

from datetime import date
from typing import Any

import pytest

from services.registry.ledger.views import View
from services.registry.lookup.batches import look_up_many
from services.registry.settings import Settings
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry.conftest import statements

PLACES: list[Any] = [
    "NE1 4LP",
    "nowhere",
    "ods:QHM",
    "E08000021",
    "QQ99 9ZZ",
    "GU15",
    {"ccg": "13T"},
    {"ons": "E54000001", "edition": "STP2016"},
    {"latitude": 54.97, "longitude": -1.61},
    {"latitude": 48.85, "longitude": 2.35},
    {"postcode": "NE1 4LP", "ods": "QHM"},
    {"NE1 4LP": "postcode"},
    17,
    "ods:Y56",
    "ons:E99999999",
    "ZZ99 3VZ",
    "CF10 1AA",
    "DH1 1AX",
]
TOLD = [
    "QHM",
    "invalid",
    "QHM",
    "QHM",
    "postcode_unknown",
    None,
    "QHM",
    "QHM",
    "QHM",
    "place_too_far",
    "invalid",
    "invalid",
    "invalid",
    "body_not_placed",
    "code_unknown",
    "postcode_is_no_place",
    "postcode_outside_england",
    "QHM",
]


async def ask(registry: ServiceClient, places: list[Any], **more: Any) -> list[dict[str, Any]]:
    """Return what is found of many places."""
    answer = await registry.post("/v1/lookup/batch", json={"places": places, "as_of": "2026-11-23", **more})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


async def test_each_place_has_its_own_answer_in_its_place(registry: ServiceClient) -> None:
    results = await ask(registry, PLACES)
    assert [each["index"] for each in results] == list(range(len(PLACES)))
    told = [each["code"] or (each["footprint"] and each["footprint"]["codes"]["ods"]) for each in results]
    assert told == TOLD
    assert all(each["detail"] for each in results if each["code"])
    assert {each["boundary_vintage"] for each in results if each["footprint"]} == {"ICB2026"}


async def test_a_split_place_lists_its_candidates(registry: ServiceClient) -> None:
    (found,) = await ask(registry, ["GU15"])
    assert (found["footprint"], found["code"]) == (None, None)
    assert [each["share"] for each in found["candidates"]] == [0.9889, 0.0111]
    assert "Give the full postcode" in found["detail"]


async def test_it_says_the_same_as_one_lookup_after_the_other(registry: ServiceClient) -> None:
    for day in ("2016-04-01", "2018-01-01", "2022-09-01", "2026-11-23"):
        places = [{"postcode": "NE1 4LP"}, {"postcode": "DH1 1AB"}, {"postcode": "B66"}, {"ods": "QNQ"}]
        together = await ask(registry, places, as_of=day)
        for place, found in zip(places, together, strict=True):
            alone = (await registry.post("/v1/lookup", json={**place, "as_of": day})).json()
            assert found["candidates"] == alone["candidates"]
            assert found["detail"] == alone["detail"]
            assert (found["footprint"] or {}).get("id") == (alone["footprint"] or {}).get("id")
            assert found["boundary_vintage"] == (alone["boundary_vintage"] or None)


async def test_nothing_of_what_was_asked_is_repeated(registry: ServiceClient) -> None:
    answer = await registry.post("/v1/lookup/batch", json={"places": PLACES})
    for written in ("ZZ99", "QQ99", "CF10", "GU15", "nowhere", "54.97", "48.85"):
        assert written not in answer.text


@pytest.mark.parametrize("count", [1, 200])
async def test_any_number_costs_two_statements(registry: ServiceClient, count: int) -> None:
    places = [each for each in PLACES if each != "QQ99 9ZZ"][:4] * count
    with statements(registry) as sent:
        await ask(registry, places)
    assert len(sent) == 2
    with statements(registry) as sent:
        await ask(registry, places, as_of="2022-09-01")
    assert len(sent) == 3


async def test_all_unknown_postcodes_together_cost_one_more(registry: ServiceClient) -> None:
    with statements(registry) as sent:
        await ask(registry, ["NE1 4LP", *["QQ99 9ZZ", "ZZ99 3VZ"] * 100])
    assert len(sent) == 3


async def test_a_postcode_that_ended_is_found_and_says_so(registry: ServiceClient) -> None:
    ended, live, code = await ask(registry, ["DH1 1AX", "NE1 4LP", "ods:QHM"])
    assert [each["is_live"] for each in (ended, live, code)] == [False, True, None]
    assert ended["footprint"]["codes"]["ods"] == "QHM"


async def test_before_the_first_footprints_each_place_says_so(registry: ServiceClient) -> None:
    results = await ask(registry, ["NE1 4LP", "nowhere"], as_of="2016-03-14")
    assert [each["code"] for each in results] == ["no_footprint_then", "invalid"]


@pytest.mark.parametrize("places", [[], ["NE1 4LP"] * 1_001, "NE1 4LP", None])
async def test_too_many_and_too_few_are_422(registry: ServiceClient, places: Any) -> None:
    answer = await registry.post("/v1/lookup/batch", json={"places": places})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/places"


async def test_a_thousand_are_found_together(imported: Settings, session_for: SessionFor) -> None:
    found = await look_up_many(await session_for("registry"), ["NE1 4LP"] * 1_000, View(date(2026, 11, 23)))
    assert len({each.model_dump_json(exclude={"index"}) for each in found.results}) == 1
    assert len(found.results) == 1_000
