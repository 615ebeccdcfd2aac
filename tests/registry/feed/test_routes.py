"""The feed of changes over HTTP."""

import re
from typing import Any
from uuid import uuid4

import pytest

from services.registry.main import create_app
from services.registry.settings import Settings
from shared.ids import new_id
from tests.fixtures.clients import AppClient, ServiceClient
from tests.registry.conftest import statements

JSON = dict[str, Any]
SCOPES = ["operator", "registry:read", "registry:write"]


async def newest(registry: ServiceClient) -> str:
    """Return the place where the feed has come to."""
    since: str = (await registry.get("/v1/changes?since=2100-01-01")).json()["since"]
    return since


async def registered(registry: ServiceClient, **more: Any) -> tuple[JSON, Any]:
    """Register a body, and return it with the client that did."""
    steward = registry.as_(client_id=new_id(), organisation_id=new_id(), team="desk", scopes=SCOPES)
    name = f"Changing {uuid4()} (invented)"
    made = await steward.post("/v1/organisations", json={"name": name, "kind": "voluntary", **more})
    assert made.status_code == 201, made.text
    return made.json(), steward


async def test_the_feed_gives_every_change_once_oldest_first(registry: ServiceClient) -> None:
    found: list[JSON] = []
    path, ends = "/v1/changes?limit=200", False
    while not ends:
        answer = await registry.get(path)
        body = answer.json()
        found += body["items"]
        ends = body["next"] is None
        if not ends:
            assert answer.headers["Link"] == f'<{body["next"]}>; rel="next"'
        path = body["next"]
    assert len(found) == len({each["id"] for each in found}) > 1000
    assert [each["at"] for each in found] == sorted(each["at"] for each in found)
    first = found[0]
    assert first["type"] == "registry.footprint_registered.v1"
    assert (first["by"], first["version"], first["reason"]) == (None, 1, "It was imported.")
    assert first["record"]["href"] == f"/v1/footprints/{first['record']['id']}"
    assert first["state"]["footprint_id"] == first["record"]["id"]


async def test_a_poller_goes_on_from_where_it_was(registry: ServiceClient) -> None:
    since = await newest(registry)
    empty = (await registry.get("/v1/changes", params={"since": since})).json()
    assert empty == {"items": [], "next": None, "since": since}
    made, _ = await registered(registry, footprint="ods:QHM")
    found = (await registry.get("/v1/changes", params={"since": since})).json()
    (change,) = found["items"]
    assert change["record"] == {
        "id": made["id"],
        "kind": "voluntary",
        "href": f"/v1/organisations/{made['id']}",
    }
    assert change["footprints"] == [made["footprint"]["id"]]
    assert int(found["since"]) == int(since) + 1
    again = (await registry.get("/v1/changes", params={"since": found["since"]})).json()
    assert (again["items"], again["since"]) == ([], found["since"])


async def test_filters_go_together_and_the_place_moves_on(registry: ServiceClient) -> None:
    since = await newest(registry)
    made, _ = await registered(registry, footprint="ods:QHM", ods="ZZ951")
    other, _ = await registered(registry)
    home = made["footprint"]["id"]

    async def ids(**query: Any) -> list[str]:
        answer = await registry.get("/v1/changes", params={"since": since, **query})
        assert answer.status_code == 200, answer.text
        assert int(answer.json()["since"]) == int(since) + 2
        return [each["record"]["id"] for each in answer.json()["items"]]

    assert await ids() == [made["id"], other["id"]]
    assert await ids(footprint="ods:QHM") == await ids(footprint=home) == [made["id"]]
    assert await ids(record=other["id"]) == [other["id"]]
    assert await ids(record="ods:ZZ951") == [made["id"]]
    assert await ids(type="registry.organisation_registered.v1", footprint=home) == [made["id"]]
    assert await ids(type=["registry.contact_changed.v1", "registry.appointment_made.v1"]) == []


async def test_a_day_and_an_instant_are_places_as_well(registry: ServiceClient) -> None:
    made, _ = await registered(registry)
    (change,) = (await registry.get("/v1/changes", params={"record": made["id"]})).json()["items"]
    for since, count in ((change["at"], 1), (change["at"][:10], 1), ("2100-01-01T00:00:00+01:00", 0)):
        query = {"record": made["id"], "since": since}
        assert len((await registry.get("/v1/changes", params=query)).json()["items"]) == count
    spaced = await registry.get("/v1/changes?since=2100-01-01T00:00:00+01:00")
    assert spaced.json()["items"] == []


@pytest.mark.parametrize(
    "since",
    [
        "yesterday",
        "",
        "-1",
        "2026-02-30",
        "2026-04-01T00:00:00",
        "9" * 18,
        "1" * 41,
        "١",
        "1.0",
        "W" * 10,
        "0001-01-01T00:00:00+23:59",
    ],
)
async def test_a_bad_place_is_422_naming_it(registry: ServiceClient, since: str) -> None:
    answer = await registry.get("/v1/changes", params={"since": since})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/query/since"


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("footprint=QHM", "/query/footprint"),
        ("footprint=ods:ZZZZ", "/query/footprint"),
        ("record=ods:ZZZZ", "/query/record"),
        ("type=registry.nothing.v1", "/query/type"),
        ("type=registry.footprint_restated.v1", "/query/type"),
        ("limit=0", "/query/limit"),
        ("limit=201", "/query/limit"),
    ],
)
async def test_bad_queries_are_422_naming_the_field(
    registry: ServiceClient, query: str, pointer: str
) -> None:
    answer = await registry.get(f"/v1/changes?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_who_did_it_is_shown_to_the_operator_and_the_bodies_concerned(registry: ServiceClient) -> None:
    made, steward = await registered(registry, footprint="ods:QHM")
    path = f"/v1/changes?record={made['id']}"

    async def by(reader: ServiceClient) -> JSON:
        found: JSON = (await reader.get(path)).json()["items"][0]["by"]
        return found

    async def reads(organisation: Any, *scopes: str) -> JSON:
        return await by(registry.as_(client_id=new_id(), organisation_id=organisation, scopes=scopes))

    whole = await by(steward)
    public = whole | {"client_id": None, "team": None, "actor": None}
    assert (whole["team"], whole["client_id"] is None) == ("desk", False)
    assert await reads(made["id"], "registry:read") == whole
    assert await reads(made["footprint"]["id"], "registry:write") == whole
    assert await by(registry) == public
    assert await reads(made["id"], "feedback:read") == public
    trust = (await registry.get("/v1/organisations/ods:RX6")).json()["id"]
    assert await reads(trust, "registry:read") == public
    assert await reads(None, "registry:read") == public
    # An organisation that the registry does not know is not the operator's for that.
    assert await reads(new_id(), "registry:read") == public
    assert await reads(new_id(), "registry:read", "operator") == whole


async def test_the_feed_costs_two_queries_however_long(registry: ServiceClient) -> None:
    for limit in (1, 200):
        with statements(registry) as sent:
            await registry.get("/v1/changes", params={"limit": limit})
        assert len(sent) == 2


async def test_the_feed_of_a_footprint_is_read_as_news(registry: ServiceClient) -> None:
    made, _ = await registered(registry, footprint="ods:QHM")
    with statements(registry) as sent:
        answer = await registry.get("/v1/footprints/ods:QHM/changes.atom")
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    assert made["name"] in answer.text
    assert len(sent) == 4
    again = await registry.get(
        "/v1/footprints/ods:QHM/changes.atom", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    await registered(registry, footprint="ods:QHM")
    changed = await registry.get(
        "/v1/footprints/ods:QHM/changes.atom", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert changed.status_code == 200
    own = await registry.get(f"/v1/organisations/{made['id']}/changes.atom")
    assert own.text.count("<entry>") == 1


async def test_each_link_of_a_feed_leads_to_what_the_outside_can_read(
    app_client: AppClient, imported: Settings
) -> None:
    settings = imported.model_copy(update={"public_url": "https://doorway.example"})
    registry = await app_client(create_app, settings)
    made, _ = await registered(registry, footprint="ods:QHM")
    for path in ("/v1/footprints/ods:QHM/changes.atom", f"/v1/organisations/{made['id']}/changes.atom"):
        answer = await registry.get(path, headers={"Host": "elsewhere.example"})
        assert "elsewhere" not in answer.text
        links = re.findall(r'<link rel="(\w+)"(?: type="[^"]+")? href="([^"]+)"', answer.text)
        assert answer.text.count("<link") == len(links) >= 3
        assert dict(links[:2]) == {
            "self": f"https://doorway.example{path}",
            "alternate": f"https://doorway.example{path.removesuffix('/changes.atom')}",
        }
        for _, url in links:
            assert url.startswith("https://doorway.example/v1/")
            found = await registry.get(url.removeprefix("https://doorway.example"))
            assert found.status_code == 200, url


async def test_there_is_no_feed_of_what_is_not_there(registry: ServiceClient) -> None:
    assert (await registry.get("/v1/footprints/ods:ZZZZ/changes.atom")).status_code == 404
    assert (await registry.get("/v1/organisations/ods:QVP/changes.atom")).status_code == 404
