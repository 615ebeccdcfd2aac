"""Relations over HTTP: on a day, as a tree, and said, ended and corrected."""

from typing import Any

import pytest

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.footprints.test_routes import listed
from tests.registry.writes import WHY, change, registered, steward, version_of

MEMBER = {"kind": "member_of", "to": "ods:QHM", "valid_from": "2023-04-01"}


@pytest.fixture
async def path(registry: ServiceClient) -> str:
    """Return the path of a body of the test's own that opened in 2020 and belongs to nothing."""
    return f"/v1/organisations/{(await registered(steward(registry)))['id']}"


async def related(registry: ServiceClient, path: str, **query: Any) -> list[dict[str, Any]]:
    """Return the relations of a body."""
    return await listed(registry, f"{path}/relations", **query)


async def test_relations_are_told_from_both_sides_on_a_day(registry: ServiceClient) -> None:
    found = await related(registry, "/v1/organisations/ods:RX6", as_of="2026-04-01")
    (board,) = [each for each in found if each["other"]["kind"] == "icb"]
    assert (board["kind"], board["direction"], board["other"]["codes"]["ods"]) == ("member_of", "out", "QHM")
    assert (board["valid_from"], board["valid_to"], board["imported"]) == ("2022-07-01", None, True)
    seen = await related(registry, "/v1/footprints/ods:QHM", as_of="2026-04-01", kind="member_of", limit=7)
    assert board["id"] in {each["id"] for each in seen}
    assert {each["direction"] for each in seen} == {"in"}
    assert [each["id"] for each in seen] == sorted({each["id"] for each in seen})
    assert await related(registry, "/v1/footprints/ods:QHM", as_of="2022-07-01", kind="commissions") == []


async def test_successions_are_relations_as_well(registry: ServiceClient) -> None:
    found = await related(registry, "/v1/footprints/ods:QNQ", as_of="2026-04-01", kind="succeeded_by")
    shares = sorted((each["direction"], each["share"]) for each in found)
    assert shares == [("in", 1.0), ("out", 0.2008), ("out", 0.228), ("out", 0.5712)]
    (first, *_) = found
    refused = await steward(registry).post(
        f"/v1/relations/{first['id']}/ending",
        json={"valid_to": "2026-12-31"} | WHY,
        headers={"If-Match": await version_of(registry, f"/v1/relations/{first['id']}")},
    )
    assert refused.json()["errors"][0]["pointer"] == "/path/relation_id"


async def test_a_relation_is_said_from_a_day_on(registry: ServiceClient, path: str) -> None:
    answer = await change(steward(registry), path, "relations", **MEMBER)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["of"]["id"], made["to"]["codes"]["ods"]) == (path.rpartition("/")[2], "QHM")
    assert (made["source"], made["version"], answer.headers["ETag"]) == (WHY["source"], 2, '"2"')
    assert (await registry.get(answer.headers["Location"])).json() == made
    (found,) = await related(registry, path)
    assert (found["id"], found["recorded_at"], found["share"]) == (made["id"], made["recorded_at"], None)
    assert await related(registry, path, as_of="2023-03-31") == []
    assert (await registry.get(path)).json()["footprint"]["codes"]["ods"] == "QHM"
    said = await listed(registry, f"{path}/history")
    assert ("member_of", made["to"]["id"]) in {(each["fact"], each["value"]) for each in said}


async def test_a_footprint_has_relations_of_its_own(registry: ServiceClient, path: str) -> None:
    to = path.rpartition("/")[2]
    given = {"kind": "commissions", "to": to, "valid_from": "2023-04-01", "share": 0.5}
    answer = await change(steward(registry), "/v1/footprints/ods:QE1", "relations", **given)
    assert answer.status_code == 201, answer.text
    (found,) = await related(registry, path)
    assert (found["kind"], found["direction"], found["share"]) == ("commissions", "in", 0.5)


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({"kind": "area_passed_to"}, "/kind"),
        ({"to": "ods:ZZZZ"}, "/to"),
        ({"to": "QHM"}, "/to"),
        ({"share": 0}, "/share"),
        ({"share": 1.1}, "/share"),
        ({"valid_from": "2019-12-31"}, "/valid_from"),
        ({"valid_from": "2022-06-30"}, "/valid_from"),
        ({"valid_from": None}, "/valid_from"),
        ({"to": "ods:QVP"}, "/valid_from"),
        ({"reason": "no"}, "/reason"),
    ],
)
async def test_what_cannot_be_said_names_the_field(
    registry: ServiceClient, path: str, given: dict[str, Any], pointer: str
) -> None:
    answer = await change(steward(registry), path, "relations", **MEMBER | given)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_body_is_nothing_to_itself_and_two_are_not_the_same_to_each_other(
    registry: ServiceClient, path: str
) -> None:
    client, own = steward(registry), path.rpartition("/")[2]
    other = (await registered(client))["id"]
    itself = await change(client, path, "relations", **MEMBER | {"to": own})
    assert itself.json()["errors"][0]["pointer"] == "/to"
    assert (await change(client, path, "relations", **MEMBER | {"to": other})).status_code == 201
    back = await change(client, f"/v1/organisations/{other}", "relations", **MEMBER | {"to": own})
    assert back.json()["errors"][0]["pointer"] == "/to"
    twice = await change(client, path, "relations", **MEMBER | {"to": other, "valid_from": "2025-01-01"})
    assert twice.json()["errors"][0]["pointer"] == "/valid_from"
    assert twice.json()["detail"] == "That is said already from 2023-04-01 on: correct that instead."


async def test_what_is_said_since_nobody_knows_when_is_not_said_again(registry: ServiceClient) -> None:
    county = "/v1/organisations/ons:E10000003"
    district, *_ = await related(registry, county, kind="encloses")
    said = {"kind": "encloses", "to": district["other"]["id"], "valid_from": "2023-04-01"}
    again = await change(steward(registry), county, "relations", **said)
    assert again.json()["detail"] == "That is said already: correct that instead."


async def test_a_relation_ends_and_may_begin_again(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    made = (await change(client, path, "relations", **MEMBER)).json()
    link = f"/v1/relations/{made['id']}"
    early = await change(client, link, "ending", valid_to="2023-03-31")
    assert early.json()["errors"][0]["pointer"] == "/valid_to"
    ended = await change(client, link, "ending", valid_to="2024-03-31")
    assert (ended.status_code, ended.json()["valid_to"]) == (200, "2024-03-31")
    again = await change(client, link, "ending", valid_to="2024-04-30")
    assert again.json()["errors"][0]["pointer"] == "/valid_to"
    assert (await registry.get(path)).json()["footprint"] is None
    assert (
        await change(client, path, "relations", **MEMBER | {"valid_from": "2024-04-01"})
    ).status_code == 201


async def test_a_relation_is_corrected_and_its_earlier_form_kept(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    made = (await change(client, path, "relations", **MEMBER)).json()
    link = f"/v1/relations/{made['id']}"
    since, until = "2023-07-01", "2025-12-31"
    answer = await change(client, link, "corrections", share=0.25, valid_from=since, valid_to=until)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["share"], found["valid_from"], found["valid_to"]) == (0.25, since, until)
    assert found["id"] == made["id"]
    open_again = await change(client, link, "corrections", valid_to=None)
    assert open_again.json()["valid_to"] is None
    said = [each for each in await listed(registry, f"{path}/history") if each["fact"] == "member_of"]
    assert [each["superseded_at"] is None for each in said] == [True, False, False]
    (then,) = await related(registry, path, known_at=made["recorded_at"])
    assert (then["share"], then["valid_from"]) == (None, "2023-04-01")


async def test_a_relation_that_never_was_is_said_no_longer(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    made = (await change(client, path, "relations", **MEMBER)).json()
    link = f"/v1/relations/{made['id']}"
    both = await change(client, link, "corrections", withdrawn=True, share=0.5)
    assert both.json()["errors"][0]["pointer"] == "/withdrawn"
    gone = await change(client, link, "corrections", withdrawn=True)
    assert (gone.status_code, gone.json()["superseded_at"] is None) == (200, False)
    assert await related(registry, path) == []
    assert (await registry.get(link)).status_code == 404
    tag = {"If-Match": gone.headers["ETag"]}
    for what, given in (("ending", {"valid_to": "2026-01-01"}), ("corrections", {"share": 0.5})):
        answer = await client.post(f"{link}/{what}", json=given | WHY, headers=tag)
        assert answer.status_code == 404
    (kept,) = [each for each in await listed(registry, f"{path}/history") if each["fact"] == "member_of"]
    assert kept["superseded_because"] == WHY["reason"]


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({}, ""),
        ({"valid_from": "2023-04-01"}, ""),
        ({"withdrawn": False}, "/withdrawn"),
        ({"share": 2}, "/share"),
        ({"valid_from": "2019-12-31"}, "/valid_from"),
        ({"valid_from": None}, "/valid_from"),
        ({"valid_to": "2023-03-31"}, "/valid_to"),
    ],
)
async def test_what_cannot_be_corrected_names_the_field(
    registry: ServiceClient, path: str, given: dict[str, Any], pointer: str
) -> None:
    client = steward(registry)
    made = (await change(client, path, "relations", **MEMBER)).json()
    answer = await change(client, f"/v1/relations/{made['id']}", "corrections", **given)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_relations_are_changed_by_who_may_and_has_read_them(registry: ServiceClient, path: str) -> None:
    client, tag = steward(registry), {"If-Match": '"1"'}
    other = steward(registry, (await registry.get("/v1/footprints/ods:QOP")).json()["id"])
    reader = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    made = await change(client, path, "relations", **MEMBER)
    link = f"/v1/relations/{made.json()['id']}"
    for address, given in (
        (f"{path}/relations", MEMBER),
        (f"{link}/ending", {"valid_to": "2024-01-01"}),
        (f"{link}/corrections", {"share": 0.5}),
    ):
        body = given | WHY
        assert (await reader.post(address, json=body, headers=tag)).json()["code"] == "scope_missing"
        assert (await other.post(address, json=body, headers=tag)).json()["code"] == "not_your_body"
        assert (await client.post(address, json=body)).json()["code"] == "version_required"
        assert (await client.post(address, json=body, headers=tag)).json()["code"] == "version_stale"


async def test_a_beginning_is_unknown_where_no_opening_is_known(registry: ServiceClient) -> None:
    county, operator = "/v1/organisations/ons:E10000003", steward(registry)
    district, *_ = await related(registry, county, kind="encloses")
    link = f"/v1/relations/{district['id']}"
    given = await change(operator, link, "corrections", valid_from="2023-04-01")
    assert given.status_code == 200, given.text
    back = await change(operator, link, "corrections", valid_from=None)
    assert (back.status_code, back.json()["valid_from"]) == (200, None)


@pytest.mark.parametrize("relation_id", ["0", "x", str(2**31), "999999999"])
async def test_what_is_no_relation(registry: ServiceClient, relation_id: str) -> None:
    answer = await registry.get(f"/v1/relations/{relation_id}")
    assert answer.status_code == (404 if relation_id == "999999999" else 422)


async def test_a_tree_goes_up_and_down_from_the_body_asked_about(registry: ServiceClient) -> None:
    found = await listed(registry, "/v1/organisations/ods:QHM/tree", as_of="2026-04-01", limit=9)
    kinds = {(each["depth"], each["relation"], each["body"]["kind"]) for each in found}
    assert {
        (-1, "encloses", "nhs_region"),
        (0, "self", "icb"),
        (1, "encloses", "sub_icb_location"),
        (1, "member_of", "nhs_trust"),
        (1, "member_of", "gp_practice"),
    } <= kinds
    depths = [each["depth"] for each in found]
    assert depths == sorted(depths)
    keys = [(each["depth"], each["parent"], each["body"]["id"]) for each in found]
    assert len(set(keys)) == len(keys)
    board = next(each["body"]["id"] for each in found if each["depth"] == 0)
    assert {each["parent"] for each in found if abs(each["depth"]) == 1} == {board}


async def test_a_region_has_boards_and_what_they_enclose(registry: ServiceClient) -> None:
    region = "/v1/organisations/ods:Y63/tree"
    boards = await listed(registry, region, as_of="2026-04-01", levels=1)
    assert {each["body"]["kind"] for each in boards} == {"nhs_region", "icb"}
    whole = await listed(registry, region, as_of="2026-04-01", levels=2, limit=200)
    assert "sub_icb_location" in {each["body"]["kind"] for each in whole if each["depth"] == 2}
    trusts = await listed(registry, region, as_of="2026-04-01", type="nhs_trust")
    assert {each["body"]["kind"] for each in trusts} == {"nhs_trust"}
    locations = {each["body"]["id"] for each in whole if each["body"]["kind"] == "sub_icb_location"}
    below = await listed(registry, region, as_of="2026-04-01", levels=3, type="gp_practice", limit=200)
    assert {each["depth"] for each in below} == {2, 3}
    assert {each["parent"] for each in below if each["depth"] == 3} <= locations
    then = await listed(registry, "/v1/organisations/ods:QVP/tree", as_of="2016-04-01")
    assert {each["body"]["kind"] for each in then if each["depth"] == 1} == {"ccg"}


@pytest.mark.parametrize("query", ["levels=0", "levels=5", "type=bank", "cursor=x", "as_of=1"])
async def test_a_tree_has_bounds(registry: ServiceClient, query: str) -> None:
    answer = await registry.get(f"/v1/organisations/ods:QHM/tree?{query}")
    assert answer.status_code == 422


async def test_relations_cost_four_queries_and_a_tree_as_many(registry: ServiceClient) -> None:
    for path in ("/v1/footprints/ods:QHM/relations", "/v1/organisations/ods:Y63/tree"):
        for limit in (1, 200):
            with statements(registry) as sent:
                await registry.get(path, params={"limit": limit})
            assert len(sent) == 4
