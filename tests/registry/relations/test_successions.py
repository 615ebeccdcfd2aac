"""What stewards say became of organisations: who took over from whom, and what passed on."""

from typing import Any

import pytest

from tests.fixtures.clients import ServiceClient
from tests.registry.footprints.test_routes import listed
from tests.registry.writes import change, registered, steward

DAY = "2027-04-01"


@pytest.fixture
async def path(registry: ServiceClient) -> str:
    """The path of a body that closes the day before."""
    client = steward(registry)
    path = f"/v1/organisations/{(await registered(client))['id']}"
    assert (await change(client, path, "ending", closed_on="2027-03-31")).status_code == 200
    return path


@pytest.fixture
async def heir(registry: ServiceClient) -> str:
    """The id of a body that stays open."""
    return str((await registered(steward(registry), name="Openers of Doors (invented)"))["id"])


async def say(registry: ServiceClient, path: str, to: str, **given: Any) -> Any:
    """Say what a body passes to another, as the operator's steward."""
    said = {"kind": "succeeded_by", "to": to, "valid_from": DAY}
    return await change(steward(registry), path, "relations", **said | given)


async def test_a_coming_succession_is_said_and_shown(registry: ServiceClient, path: str, heir: str) -> None:
    answer = await say(registry, path, heir)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["kind"], made["valid_from"], made["valid_to"]) == ("succeeded_by", DAY, None)
    query = {"as_of": DAY}
    (step,) = (await registry.get(f"{path}/lineage", params=query)).json()["successors"]
    assert (step["on"], step["organisation"]["id"]) == (DAY, heir)
    assert (await registry.get(f"{path}/lineage", params={"as_of": "2027-03-31"})).json()["successors"] == []
    found = (await registry.get(f"/v1/organisations/{heir}", params=query)).json()
    assert [each["organisation"]["id"] for each in found["predecessors"]] == [path.rpartition("/")[2]]


async def test_one_that_stays_open_passes_services_on(registry: ServiceClient, heir: str) -> None:
    path = f"/v1/organisations/{(await registered(steward(registry)))['id']}"
    answer = await say(registry, path, heir, kind="services_passed_to", share=0.25)
    assert answer.status_code == 201, answer.text
    (found,) = await listed(registry, f"{path}/relations", as_of=DAY)
    assert (found["kind"], found["direction"], found["share"]) == ("services_passed_to", "out", 0.25)


@pytest.mark.parametrize(
    ("given", "pointer", "said"),
    [
        ({"valid_from": "2027-04-02"}, "/valid_from", "It closes on 2027-03-31: name the day after"),
        ({"kind": "services_passed_to"}, "/valid_from", "say `succeeded_by`"),
        (
            {"kind": "services_passed_to", "valid_from": "2019-12-31"},
            "/valid_from",
            "It opened on 2020-01-01",
        ),
        ({"to": "ods:QJG"}, "/to", "It is not open on 2027-04-01"),
        ({"kind": "area_passed_to"}, "/kind", ""),
    ],
)
async def test_what_cannot_pass_names_the_field(
    registry: ServiceClient, path: str, heir: str, given: dict[str, Any], pointer: str, said: str
) -> None:
    refused = await say(registry, path, **{"to": heir} | given)
    assert refused.status_code == 422, refused.text
    (error,) = refused.json()["errors"]
    assert error["pointer"] == pointer
    assert said in error["detail"]


async def test_a_body_that_stays_open_has_no_successor(registry: ServiceClient, heir: str) -> None:
    path = f"/v1/organisations/{(await registered(steward(registry)))['id']}"
    (error,) = (await say(registry, path, heir)).json()["errors"]
    assert error["pointer"] == "/valid_from"
    assert "say at `…/ending` that it closes" in error["detail"]


async def test_what_becomes_of_a_footprint_is_declared_as_a_merger(
    registry: ServiceClient, heir: str
) -> None:
    (error,) = (await say(registry, "/v1/footprints/ods:QHM", heir)).json()["errors"]
    assert error["pointer"] == "/kind"
    assert "/v1/mergers" in error["detail"]


async def test_no_more_than_the_whole_passes_to_several(
    registry: ServiceClient, path: str, heir: str
) -> None:
    other = str((await registered(steward(registry)))["id"])
    first = await say(registry, path, heir, share=0.6)
    assert first.status_code == 201
    (error,) = (await say(registry, path, other, share=0.5)).json()["errors"]
    assert (error["pointer"], "add up to 1.1000" in error["detail"]) == ("/share", True)
    assert (await say(registry, path, other, share=0.4)).status_code == 201
    link = f"/v1/relations/{first.json()['id']}"
    (error,) = (await change(steward(registry), link, "corrections", share=0.7)).json()["errors"]
    assert error["pointer"] == "/share"
    assert (await change(steward(registry), link, "corrections", share=0.5)).json()["share"] == 0.5


async def test_a_succession_is_withdrawn_and_said_with_another_day(
    registry: ServiceClient, path: str, heir: str
) -> None:
    client, made = steward(registry), (await say(registry, path, heir)).json()
    link = f"/v1/relations/{made['id']}"
    day = {"fact": "closed_on", "value": "2027-06-30"}
    for where, what, given, pointer in (
        (link, "ending", {"valid_to": "2028-03-31"}, "/path/relation_id"),
        (link, "corrections", {"valid_from": "2027-07-01"}, "/valid_from"),
        (link, "corrections", {}, ""),
        (path, "corrections", day, "/value"),
    ):
        (error,) = (await change(client, where, what, **given)).json()["errors"]
        assert error["pointer"] == pointer
    assert (await change(client, link, "corrections", withdrawn=True)).status_code == 200
    assert (await change(client, path, "corrections", **day)).status_code == 200
    assert (await say(registry, path, heir, valid_from="2027-07-01")).status_code == 201


async def test_no_body_alone_says_who_follows_it(registry: ServiceClient, path: str, heir: str) -> None:
    own = path.rpartition("/")[2]
    for body in (own, heir):
        said = {"kind": "succeeded_by", "to": heir, "valid_from": DAY}
        refused = await change(steward(registry, body), path, "relations", **said)
        assert (refused.status_code, refused.json()["code"]) == (403, "not_your_body")


async def test_what_was_applied_stays_as_it_was_said(registry: ServiceClient, heir: str) -> None:
    client = steward(registry)
    closed = f"/v1/organisations/{(await registered(client))['id']}"
    assert (await change(client, closed, "ending", closed_on="2026-03-31")).status_code == 200
    made = (await say(registry, closed, heir, valid_from="2026-04-01")).json()
    named = {"effective_on": "2026-04-01", "predecessors": [closed.rpartition("/")[2]]}
    applied = await client.post("/v1/successions", json=named)
    assert applied.status_code == 201, applied.text
    link = f"/v1/relations/{made['id']}"
    (error,) = (await change(client, link, "corrections", withdrawn=True)).json()["errors"]
    assert error["pointer"] == "/path/relation_id"
    assert "was applied" in error["detail"]
