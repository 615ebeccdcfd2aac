"""Completeness over HTTP: of one footprint, and of all."""

from datetime import timedelta
from typing import Any

from shared.clock import today
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.contacts.scene import add, change
from tests.registry.knocks.knocking import ago, knock

PATH = "/v1/footprints/completeness"


async def states_of(registry: ServiceClient, ref: str, **query: Any) -> dict[str, str]:
    """Return how well each item of a footprint is known."""
    answer = await registry.get(f"/v1/footprints/{ref}/completeness", params=query)
    assert answer.status_code == 200, answer.text
    return {each["item"]: each["state"] for each in answer.json()["items"]}


async def test_todays_board_lacks_what_was_known_of_its_predecessors(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/footprints/ods:QF7/completeness")).json()
    assert found["footprint"]["codes"]["ods"] == "QF7"
    wanted = {each["what"]: each for each in found["ask_for"]}
    assert wanted["leader"]["last_known"]
    assert wanted["leader"]["last_known_on"] < "2020"
    assert wanted["enquiries"]["last_known"].startswith("email: helloworkingtogether@nhs.net")
    assert wanted["enquiries"]["suggest_at"] == f"/v1/footprints/{found['footprint']['id']}/suggestions"
    assert found["score"] < 0.2


async def test_on_the_day_of_the_source_more_was_known(registry: ServiceClient) -> None:
    then = await states_of(registry, "ods:QOP", as_of="2019-05-01")
    assert (then["enquiries"], then["post"], then["leader"], then["chair"]) == (
        "fresh",
        "fresh",
        "fresh",
        "missing",
    )
    assert (await states_of(registry, "ods:QT1"))["healthwatch"] == "known"


async def test_a_contact_that_is_added_counts_until_it_is_in_doubt(registry: ServiceClient) -> None:
    assert (await states_of(registry, "ods:QJ2"))["complaints"] == "missing"
    contact = await add(registry, "/v1/footprints/ods:QJ2", purpose="complaints", accessible=["bsl"])
    found = await states_of(registry, "ods:QJ2")
    assert (found["complaints"], found["accessible_route"]) == ("fresh", "fresh")
    for _ in range(2):
        await knock(registry, contact, knocked_at=ago(days=1), outcome="bounced")
    answer = (await registry.get("/v1/footprints/ods:QJ2/completeness")).json()
    asked = {each["what"]: each for each in answer["ask_for"]}
    assert asked["complaints"]["last_known_on"] == str(today())
    assert (await states_of(registry, "ods:QJ2"))["complaints"] == "doubtful"
    earlier = str(today() - timedelta(days=1))
    assert (await states_of(registry, "ods:QJ2", as_of=earlier))["complaints"] == "missing"
    await change(registry, contact, "verification", verified_on=str(today()), how="asked_the_body")
    assert (await states_of(registry, "ods:QJ2"))["complaints"] == "fresh"


async def test_all_footprints_of_a_day_are_counted(registry: ServiceClient) -> None:
    found = (await registry.get(PATH, params={"as_of": "2019-05-01", "limit": 200})).json()
    assert found["footprints"] == len(found["items"]) == 42
    leaders = next(each for each in found["by_item"] if each["item"] == "leader")
    assert sum(leaders["states"].values()) == 42
    assert leaders["have"] == sum(
        state["state"] in ("fresh", "ageing")
        for each in found["items"]
        for state in each["items"]
        if state["item"] == "leader"
    )
    mean = sum(each["score"] for each in found["items"]) / 42
    assert abs(found["score"] - mean) < 0.001
    assert (await registry.get(PATH)).json()["footprints"] == 36


async def test_the_list_is_paged_and_the_numbers_stay(registry: ServiceClient) -> None:
    first = (await registry.get(PATH, params={"limit": 10})).json()
    second = (await registry.get(first["next"])).json()
    assert len(first["items"]) == len(second["items"]) == 10
    assert first["by_item"] == second["by_item"]
    shown = [each["footprint"]["id"] for each in (*first["items"], *second["items"])]
    assert len(set(shown)) == 20


async def test_it_costs_six_statements_however_many_footprints(registry: ServiceClient) -> None:
    for query in ("limit=1", "limit=200", "limit=200&as_of=2019-05-01"):
        with statements(registry) as sent:
            assert (await registry.get(f"{PATH}?{query}")).status_code == 200
        assert len(sent) == 6
    with statements(registry) as sent:
        await registry.get("/v1/footprints/ods:QF7/completeness")
    assert len(sent) <= 8


async def test_what_is_no_footprint_has_none(registry: ServiceClient) -> None:
    assert (await registry.get("/v1/footprints/ods:RX6/completeness")).status_code == 404
    assert (await registry.get(f"{PATH}?as_of=2015-01-01")).json()["footprints"] == 0
