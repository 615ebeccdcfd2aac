"""What stewards read of suggestions."""

from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.stakeholders.scene import operator
from tests.registry.suggestions.scene import BOARD, a_leader, decide, suggested


async def test_others_that_say_the_same_are_counted(registry: ServiceClient) -> None:
    body = a_leader(value=f"Robin {a_leader()['role']}")
    first = await suggested(registry, **body)
    await suggested(registry, **body | {"value": body["value"].upper()})
    await suggested(registry, **body | {"what": "other", "role": None})
    steward = operator(registry)
    path = f"/v1/suggestions/{first['id']}"
    found = (await steward.get(path)).json()
    assert (found["like_others"], found["body"]["codes"]["ods"], found["note"]) == (1, "QWO", None)
    await decide(steward, first, "refusal")
    assert (await steward.get(path)).json()["like_others"] == 1


async def test_lists_cost_four_queries_however_long(registry: ServiceClient) -> None:
    for _ in range(3):
        await suggested(registry)
    for limit in (1, 200):
        with statements(registry) as sent:
            await operator(registry).get("/v1/suggestions", params={"limit": limit})
        assert len(sent) == 4


async def test_pages_follow_each_other_the_oldest_first(registry: ServiceClient) -> None:
    made = [(await suggested(registry, "/v1/footprints/ods:QOQ", **a_leader()))["id"] for _ in range(3)]
    steward = operator(registry)
    path, found = "/v1/suggestions?footprint=ods:QOQ&limit=2", []
    while path:
        answer = (await steward.get(path)).json()
        found += [each["id"] for each in answer["items"]]
        path = answer["next"]
    assert found[-3:] == made


async def test_a_footprint_that_nobody_knows_is_422(registry: ServiceClient) -> None:
    answer = await operator(registry).get("/v1/suggestions?footprint=ods:ZZZ")
    assert answer.json()["errors"][0]["pointer"] == "/query/footprint"
    assert BOARD.endswith("QWO")
