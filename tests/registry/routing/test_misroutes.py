"""Where rules led wrong is counted, and only that."""

import asyncio
from typing import Any

import pytest

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.footprints.test_routes import listed
from tests.registry.stakeholders.scene import operator, refusal, steward_of

PATH = "/v1/route/misroutes"
WRONG = {"rule": "question", "went_to": "board", "what_happened": "wrong_body", "should_be": "council"}


def anybody(registry: ServiceClient) -> ServiceClient:
    """Return a client with a key and no scopes."""
    return registry.as_(client_id=new_id(), organisation_id=new_id())


async def test_what_led_wrong_is_counted_and_shown_to_the_operator(registry: ServiceClient) -> None:
    answers = await asyncio.gather(*(anybody(registry).post(PATH, json=WRONG) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert sorted(answer.json()["count"] for answer in answers) == [1, 2, 3, 4]
    other = {key: value for key, value in WRONG.items() if key != "should_be"} | {"what_happened": "moved_on"}
    await anybody(registry).post(PATH, json=other)
    found = await listed(operator(registry), PATH, limit=1)
    counts = {(each["rule"], each["what_happened"], each["should_be"]): each["count"] for each in found}
    assert counts == {("question", "wrong_body", "council"): 4, ("question", "moved_on", None): 1}
    assert set(found[0]) == {
        "rules_version",
        "rule",
        "went_to",
        "what_happened",
        "should_be",
        "count",
        "last_on",
    }


async def test_the_same_key_counts_once(registry: ServiceClient) -> None:
    client, headers = anybody(registry), {"Idempotency-Key": "misroute"}
    body = WRONG | {"went_to": "region"}
    first, again = [await client.post(PATH, json=body, headers=headers) for _ in range(2)]
    assert first.json() == again.json()
    assert again.json()["count"] == 1


async def test_only_the_operators_stewards_see_the_counts(registry: ServiceClient) -> None:
    assert refusal(await registry.post(PATH, json=WRONG)) == (401, "key_required")
    assert refusal(await registry.get(PATH)) == (401, "key_required")
    assert refusal(await anybody(registry).get(PATH)) == (403, "scope_missing")
    board = await steward_of(registry, "ods:QHM")
    assert refusal(await board.get(PATH)) == (403, "not_your_body")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"rule": "nothing"}, "/rule"),
        ({"went_to": "trust"}, "/went_to"),
        ({"should_be": "somebody_else"}, "/should_be"),
        ({"what_happened": "they were rude"}, "/what_happened"),
        ({"rule": "Free text about a person"}, "/rule"),
        ({"note": "x"}, "/note"),
    ],
)
async def test_only_words_of_the_rules_are_taken(
    registry: ServiceClient, change: dict[str, Any], pointer: str
) -> None:
    refused = await anybody(registry).post(PATH, json=WRONG | change)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == pointer
