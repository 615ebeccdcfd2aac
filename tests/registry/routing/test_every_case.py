"""Every case of the table, asked over HTTP at a place of the real data."""

from typing import Any

import pytest

from services.registry.routing.checking import CASES, SHIPPED, Case, read_cases
from services.registry.routing.rules import LOCAL
from tests.fixtures.clients import ServiceClient

TABLE = read_cases(SHIPPED.parent / CASES)
NORTH_EAST = {"board": "ods:QHM", "region": "ods:Y63"}
NEWCASTLE = NORTH_EAST | {"council": "ons:E08000021"}
# Each kind of place: how it is named, and the bodies that the data says are there.
PLACES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "postcode": ({"place": {"postcode": "NE1 4LP"}}, NEWCASTLE),
    "split": ({"place": {"postcode": "GU15"}}, {}),
    "board": ({"place": {"footprint": "ods:QHM"}}, NORTH_EAST),
    "council": ({"place": {"council": "E08000021"}}, NEWCASTLE),
    "trust": (
        {"place": {"postcode": "NE1 4LP"}, "organisation": "ods:RTD"},
        NEWCASTLE | {"trust": "ods:RTD"},
    ),
    "practice": (
        {"place": {"postcode": "NE1 4LP"}, "organisation": "ods:A86004"},
        NEWCASTLE | {"practice": "ods:A86004"},
    ),
    "old": ({"place": {"footprint": "ods:QVP"}}, NORTH_EAST),
    "ccg": ({"place": {"ccg": "13T"}}, NEWCASTLE),
}
CANDIDATES = {"board": "Surrey", "council": "Council"}


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case.id)
async def test_a_case_is_answered_as_the_table_says(registry: ServiceClient, case: Case) -> None:
    asked, known = PLACES[case.place]
    body = {**asked, "matter": case.matter, "topic": case.topic, "level": case.level}
    answer = await registry.post("/v1/route", json=body)
    assert answer.status_code == 200, answer.text
    steps = answer.json()["steps"]
    assert [step["to"] for step in steps] == case.expect
    assert [step["order"] for step in steps] == list(range(1, len(steps) + 1))
    assert case.first_why.lower() in steps[0]["why"].lower()
    for step in steps:
        assert step["if_no_reply_after"]["then"]
        assert step["source"]["web"].startswith("https://")
        if step["to"] in known:
            scheme, code = known[step["to"]].split(":")
            assert step["body"]["codes"][scheme] == code, step
        elif step["to"] in LOCAL:
            assert step["body"] or (step["external"] and step["not_known"]), step
            assert step["body"] is None or step["candidates"] == []
        else:
            assert step["external"]["web"].startswith("https://")
    if case.place == "split":
        for step in (each for each in steps if each["to"] in CANDIDATES):
            assert len(step["candidates"]) > 1
            assert any(CANDIDATES[step["to"]] in each["name"] for each in step["candidates"])
            assert answer.json()["ask_for"] == "postcode"


def test_every_kind_of_place_has_a_case() -> None:
    assert {case.place for case in TABLE} == set(PLACES)
