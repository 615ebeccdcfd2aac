"""Lists tell what the registry said at an earlier instant, as single answers do."""

import pytest

from shared.clock import now
from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.footprints.test_routes import listed
from tests.registry.writes import change, registered, steward

LISTS = ("/v1/organisations", "/v1/footprints/ods:QHM/members")


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_tells_of_bodies_as_they_were_said(registry: ServiceClient, path: str) -> None:
    client = steward(registry)
    before = now().isoformat()
    body = await registered(client, footprint="ods:QHM", name="Early Doors (invented)")
    between = now().isoformat()
    own = f"/v1/organisations/{body['id']}"
    assert (await change(client, own, "corrections", fact="name", value="Late Doors")).status_code == 200
    renamed = now().isoformat()
    assert (await change(client, own, "ending", closed_on="2024-06-30")).status_code == 200
    for instant, expected in (
        ({"known_at": before}, []),
        ({"known_at": between}, [("Early Doors (invented)", None)]),
        ({"known_at": renamed}, [("Late Doors", None)]),
        ({}, []),
    ):
        found = await listed(registry, path, type="voluntary", **instant)
        assert [(each["name"], each["valid_to"]) for each in found if each["id"] == body["id"]] == expected
    ended = await listed(registry, path, type="voluntary", as_of="2024-06-30", known_at=now().isoformat())
    assert ("Late Doors", "2024-06-30") in {(each["name"], each["valid_to"]) for each in ended}


async def test_no_footprint_was_known_before_they_were_imported(registry: ServiceClient) -> None:
    assert await listed(registry, "/v1/footprints", known_at="2020-01-01T00:00:00Z") == []
    then = await listed(registry, "/v1/footprints", known_at=now().isoformat())
    assert then == await listed(registry, "/v1/footprints")
    members = await registry.get("/v1/footprints/ods:QHM/members?known_at=2020-01-01T00:00:00Z")
    assert (members.status_code, members.json()["code"]) == (404, "not_known_then")


@pytest.mark.parametrize(("path", "count"), [("/v1/footprints", 2), *[(each, None) for each in LISTS]])
async def test_an_earlier_instant_costs_no_more_statements(
    registry: ServiceClient, path: str, count: int | None
) -> None:
    with statements(registry) as now_sent:
        await registry.get(path)
    with statements(registry) as sent:
        assert (await registry.get(path, params={"known_at": now().isoformat()})).status_code == 200
    assert len(sent) == len(now_sent)
    assert count in (None, len(sent))


async def test_doors_are_those_of_whoever_was_said_to_have_the_code(registry: ServiceClient) -> None:
    client = steward(registry)
    body = await registered(client, ods="ZZ960")
    between = now().isoformat()
    own = f"/v1/organisations/{body['id']}"
    assert (await change(client, own, "corrections", fact="ods", value="ZZ961")).status_code == 200
    path = "/v1/organisations/ods:ZZ960/contacts"
    assert (await registry.get(path)).status_code == 404
    assert (await registry.get(path, params={"known_at": between})).json()["items"] == []
    unknown = await registry.get("/v1/footprints/ods:QHM/contacts?known_at=2020-01-01T00:00:00Z")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_known_then")
