"""Organisations over HTTP: lists, one, and registering one."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import select

from services.registry.settings import Settings
from shared.events.base import Envelope
from shared.events.registry import OrganisationRegistered
from shared.ids import new_id
from shared.outbox import Outbox
from tests.fixtures.clients import ServiceClient
from tests.fixtures.databases import SessionFor
from tests.registry import writes
from tests.registry.conftest import statements
from tests.registry.footprints.test_routes import listed

JSON = {"Content-Type": "application/json"}
TRUST = {"name": "Demonstration Trust (invented)", "kind": "nhs_trust", "demonstration": True}


def steward(registry: ServiceClient) -> ServiceClient:
    """Return a client that may register bodies."""
    return registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["operator", "registry:write"])


async def test_a_trust_is_found_by_its_code_with_its_doors(registry: ServiceClient) -> None:
    (found,) = await listed(registry, "/v1/organisations", ods="RX6")
    assert (found["kind"], found["legal_form"]) == ("nhs_trust", "NHS foundation trust")
    assert found["footprint"]["codes"]["ods"] == "QHM"
    one = await registry.get("/v1/organisations/ods:RX6")
    assert one.json()["id"] == found["id"]
    assert one.json()["contacts"][0]["channel"] == "post"
    assert one.json()["demonstration"] is False
    assert one.headers["ETag"].startswith(f'"{one.json()["version"]}-')


async def test_a_board_is_an_organisation_with_the_same_id(registry: ServiceClient) -> None:
    board = (await registry.get("/v1/organisations/ods:QHM")).json()
    footprint = (await registry.get("/v1/footprints/ods:QHM")).json()
    assert board["id"] == footprint["id"] == board["footprint"]["id"]


async def test_a_partnership_is_no_organisation(registry: ServiceClient) -> None:
    assert (await registry.get("/v1/organisations/ods:QVP")).status_code == 404


async def test_a_code_of_two_bodies_means_the_one_of_the_day(registry: ServiceClient) -> None:
    now = (await registry.get("/v1/organisations/ods:00L")).json()
    then = (await registry.get("/v1/organisations/ods:00L?as_of=2016-04-01")).json()
    assert (now["kind"], then["kind"]) == ("sub_icb_location", "ccg")
    assert then["valid_to"] == "2022-06-30"


async def test_bodies_that_closed_are_listed_where_that_is_asked_for(registry: ServiceClient) -> None:
    """Pennine Acute closed on 30 September 2021."""
    named = {"q": "pennine acute", "as_of": "2026-11-23"}
    assert await listed(registry, "/v1/organisations", **named) == []
    for wanted in (named, {"ods": "RW6", "as_of": "2026-11-23"}):
        (found,) = await listed(registry, "/v1/organisations", include_closed=True, **wanted)
        assert (found["codes"]["ods"], found["valid_to"]) == ("RW6", "2021-09-30")
        assert found["name"] == "Pennine Acute Hospitals NHS Trust"
    # The online trust opens on 1 June 2026.
    before = {"ods": "K0N6A", "as_of": "2026-05-31", "include_closed": True}
    assert await listed(registry, "/v1/organisations", **before) == []
    nobody = (await registry.get("/v1/organisations/ods:ZZZZZ")).json()
    assert "`include_closed=true`" in nobody["detail"]


async def test_what_had_closed_is_listed_as_it_was_said_then(
    registry: ServiceClient, imported: Settings
) -> None:
    asked = {"q": "pennine acute", "include_closed": True, "known_at": "2999-01-01T00:00:00Z"}
    (found,) = await listed(registry, "/v1/organisations", **asked)
    assert found["codes"]["ods"] == "RW6"
    asked["known_at"] = "2000-01-01T00:00:00Z"
    assert await listed(registry, "/v1/organisations", **asked) == []


async def test_filters_go_together(registry: ServiceClient) -> None:
    found = await listed(
        registry, "/v1/organisations", footprint="ons:E54000050", type="nhs_trust", q="ambul", limit=1
    )
    assert [each["codes"]["ods"] for each in found] == ["RX6"]


async def test_as_of_leaves_out_what_had_closed(registry: ServiceClient) -> None:
    now = await listed(registry, "/v1/organisations", type="ccg", as_of="2026-04-01")
    then = await listed(registry, "/v1/organisations", type="ccg", as_of="2016-04-01", limit=200)
    assert (len(now), len({each["id"] for each in then})) == (0, 209)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("type=bank", "/query/type"),
        ("type=stp", "/query/type"),
        ("ods=r%20x6", "/query/ods"),
        ("footprint=QHM", "/query/footprint"),
        ("footprint=ods:ZZZ", "/query/footprint"),
        ("as_of=1", "/query/as_of"),
        ("cursor=%00", "/query"),
        ("q=" + "x" * 101, "/query/q"),
    ],
)
async def test_bad_queries_are_422_naming_the_field(
    registry: ServiceClient, query: str, pointer: str
) -> None:
    answer = await registry.get(f"/v1/organisations?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_lists_cost_three_queries_however_long(registry: ServiceClient) -> None:
    for limit in (1, 200):
        with statements(registry) as sent:
            await registry.get("/v1/organisations", params={"limit": limit})
        assert len(sent) == 3


async def test_a_demonstration_body_is_registered_and_told_of(
    registry: ServiceClient, session_for: SessionFor
) -> None:
    made = await steward(registry).post("/v1/organisations", json=TRUST | {"footprint": "ods:QHM"})
    assert made.status_code == 201, made.text
    found = made.json()
    assert found["demonstration"] is True
    assert found["footprint"]["codes"]["ods"] == "QHM"
    assert made.headers["Location"] == f"/v1/organisations/{found['id']}"
    assert (await registry.get(made.headers["Location"])).json() == found
    session = await session_for("registry")
    (body,) = (await session.scalars(select(Outbox.body).where(Outbox.aggregate_id == found["id"]))).all()
    event = Envelope.model_validate_json(body).event()
    assert isinstance(event, OrganisationRegistered)
    assert (event.name, event.demonstration) == (TRUST["name"], True)
    assert str(event.footprint_id) == found["footprint"]["id"]


async def test_a_charity_is_registered_with_all_that_is_known_of_it(registry: ServiceClient) -> None:
    given = {"name": "Door Openers (invented)", "kind": "voluntary", "legal_form": "charity", "ods": "ZZ901"}
    made = await steward(registry).post("/v1/organisations", json=given | {"valid_from": "2020-02-29"})
    assert made.status_code == 201, made.text
    found = (await registry.get("/v1/organisations/ods:ZZ901")).json()
    assert (found["legal_form"], found["valid_from"], found["footprint"]) == ("charity", "2020-02-29", None)
    again = await steward(registry).post("/v1/organisations", json=given)
    assert (again.status_code, again.json()["code"]) == (409, "code_taken")


async def test_two_that_register_one_code_at_once_make_one_body(registry: ServiceClient) -> None:
    given = {"name": "Twice (invented)", "kind": "voluntary", "ods": "ZZ902"}
    client = steward(registry)
    answers = await asyncio.gather(*(client.post("/v1/organisations", json=given) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_body_that_opens_later_can_be_registered(registry: ServiceClient) -> None:
    made = await steward(registry).post("/v1/organisations", json=TRUST | {"valid_from": "2099-01-01"})
    assert made.status_code == 201, made.text


async def test_the_same_key_registers_once(registry: ServiceClient) -> None:
    client, headers = steward(registry), {"Idempotency-Key": "once"}
    first = await client.post("/v1/organisations", json=TRUST, headers=headers)
    second = await client.post("/v1/organisations", json=TRUST, headers=headers)
    assert second.json() == first.json()
    assert second.headers["Idempotent-Replayed"] == "true"
    other = await client.post("/v1/organisations", json=TRUST | {"name": "Other"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_registering_needs_a_key_and_the_scope(registry: ServiceClient) -> None:
    assert (await registry.post("/v1/organisations", json=TRUST)).status_code == 401
    reader = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    refused = await reader.post("/v1/organisations", json=TRUST)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert "registry:write" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"name": ""}, "/name"),
        ({"name": "x" * 201}, "/name"),
        ({"name": "two\nlines"}, "/name"),
        ({"name": "nul \0"}, "/name"),
        ({"name": "half \ud800"}, "/name"),
        ({"name": None}, "/name"),
        ({"kind": "icb"}, "/kind"),
        ({"ods": "R-6"}, "/ods"),
        ({"ons": "E1"}, "/ons"),
        ({"valid_from": "2026-02-30"}, "/valid_from"),
        ({"valid_from": 1}, "/valid_from"),
        ({"footprint": "QHM"}, "/footprint"),
        ({"footprint": "ods:ZZZ"}, "/footprint"),
        ({"demonstration": "perhaps"}, "/demonstration"),
        ({"surprise": 1}, "/surprise"),
    ],
)
async def test_bad_input_is_422_naming_the_field(
    registry: ServiceClient, change: dict[str, Any], pointer: str
) -> None:
    body = json.dumps(TRUST | change)
    answer = await steward(registry).post("/v1/organisations", content=body, headers=JSON)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_code_that_an_import_knows_is_taken(registry: ServiceClient, imported: Settings) -> None:
    answer = await steward(registry).post("/v1/organisations", json=TRUST | {"ods": "RX6"})
    assert (answer.status_code, answer.json()["code"]) == (409, "code_taken")


@pytest.mark.parametrize(
    ("day", "is_in_doubt"),
    [("2020-09-30", False), ("2020-10-01", True), ("2022-03-16", True), ("2022-03-17", False)],
)
async def test_between_two_names_the_answer_says_that_the_name_is_not_known(
    registry: ServiceClient, day: str, *, is_in_doubt: bool
) -> None:
    params = {"as_of": day}
    found = (await registry.get("/v1/organisations/ods:RCB", params=params)).json()
    gaps = [each for each in found["not_known"] if each["what"] == "name"]
    assert bool(gaps) == is_in_doubt
    for gap in gaps:
        assert found["name"] == gap["last_known"] == "York Teaching Hospital NHS Foundation Trust"
        assert "to York and Scarborough Teaching Hospitals NHS Foundation Trust between" in gap["why"]
    then = await registry.get(
        "/v1/organisations/ods:RCB", params=params | {"known_at": "2200-01-01T00:00:00Z"}
    )
    assert [each for each in then.json()["not_known"] if each["what"] == "name"] == gaps


async def test_a_steward_who_gives_the_day_of_a_renaming_ends_the_doubt(registry: ServiceClient) -> None:
    path = "/v1/organisations/ods:R1A"
    before = (await registry.get(path, params={"as_of": "2021-01-01"})).json()
    assert "name" in {each["what"] for each in before["not_known"]}
    given = {"fact": "name", "valid_on": "2022-03-17", "valid_from": "2021-04-01"}
    answer = await writes.change(writes.steward(registry), path, "corrections", **given)
    assert answer.status_code == 200, answer.text
    found = (await registry.get(path, params={"as_of": "2021-01-01"})).json()
    assert found["name"] == "Worcestershire Health and Care NHS Trust"
    assert "name" not in {each["what"] for each in found["not_known"]}


async def test_where_a_body_belonged_is_not_known_before_any_list_says_so(registry: ServiceClient) -> None:
    for ref, day, why in (
        ("ods:RX6", "2016-04-01", "No source says to which footprint"),
        ("ons:E10000030", "2026-11-30", "Look it up by its code"),
    ):
        found = (await registry.get(f"/v1/organisations/{ref}", params={"as_of": day})).json()
        said = {each["what"]: each["why"] for each in found["not_known"]}
        assert found["footprint"] is None
        assert why in said["footprint"]
    now = (await registry.get("/v1/organisations/ods:RX6", params={"as_of": "2026-11-30"})).json()
    assert "footprint" not in {each["what"] for each in now["not_known"]}


async def test_what_became_of_a_closed_body_is_not_known_where_no_source_says_so(
    registry: ServiceClient,
) -> None:
    found = (await registry.get("/v1/organisations/ods:R0C", params={"as_of": "2026-11-30"})).json()
    assert "successor" in {each["what"] for each in found["not_known"]}
    assert "footprint" not in {each["what"] for each in found["not_known"]}


async def test_a_location_belongs_to_the_board_that_encloses_it(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/organisations/ods:16C", params={"as_of": "2026-11-30"})).json()
    assert (found["kind"], found["footprint"]["codes"]["ods"]) == ("sub_icb_location", "QHM")
    (listed_,) = await listed(
        registry, "/v1/organisations", ods="16C", type="sub_icb_location", as_of="2026-11-30"
    )
    assert listed_["footprint"]["codes"]["ods"] == "QHM"
