"""Contacts over HTTP: contacts, with how fresh each is."""

import pytest

from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements
from tests.registry.contacts.scene import add


async def test_old_contacts_are_listed_as_stale(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/footprints/ods:QVP/contacts")).json()["items"]
    assert {(each["channel"], each["freshness"]) for each in found} == {("email", "stale"), ("web", "stale")}
    assert {each["known_on"] for each in found} == {"2018-06-07"}
    assert {each["verified_on"] for each in found} == {None}


async def test_on_the_day_itself_they_were_fresh(registry: ServiceClient) -> None:
    then = (await registry.get("/v1/footprints/ods:QOP/contacts?as_of=2019-05-01")).json()["items"]
    assert {each["freshness"] for each in then} == {"fresh"}
    footprint = (await registry.get("/v1/footprints/ods:QOP?as_of=2019-05-01")).json()
    assert {each["channel"] for each in footprint["contacts"]} == {"email", "post", "web"}
    assert footprint["not_known"] == []


async def test_several_mailboxes_are_several_contacts(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/footprints/ods:QU9/contacts?as_of=2019-05-01")).json()["items"]
    assert len([each for each in found if each["channel"] == "email"]) == 3


async def test_listing_costs_three_queries(registry: ServiceClient) -> None:
    with statements(registry) as sent:
        await registry.get("/v1/footprints/ods:QVP/contacts")
    assert len(sent) == 3


async def test_lists_go_by_purpose_channel_route_and_freshness(registry: ServiceClient) -> None:
    path = "/v1/organisations/ods:RX6"
    old = await add(registry, path, purpose="media", known_on="2025-12-01")
    new = await add(registry, path, purpose="media", accessible=["easy_read"])
    shown: dict[str, list[bool]] = {}
    for query in (
        "purpose=media",
        "purpose=complaints",
        "channel=email",
        "channel=post",
        "accessible=easy_read",
        "accessible=bsl",
        "fresh=true",
        "fresh=false",
    ):
        text = (await registry.get(f"{path}/contacts?limit=200&{query}")).text
        shown[query] = [each["id"] in text for each in (old, new)]
    assert shown == {
        "purpose=media": [True, True],
        "purpose=complaints": [False, False],
        "channel=email": [True, True],
        "channel=post": [False, False],
        "accessible=easy_read": [False, True],
        "accessible=bsl": [False, False],
        "fresh=true": [False, True],
        "fresh=false": [True, False],
    }
    wrong = await registry.get(f"{path}/contacts?channel=fax")
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/query/channel")


async def test_listing_the_contacts_of_an_organisation_costs_three_queries(registry: ServiceClient) -> None:
    for query in ("limit=1", "limit=200&fresh=true&purpose=media"):
        with statements(registry) as sent:
            await registry.get(f"/v1/organisations/ods:RX6/contacts?{query}")
        assert len(sent) == 3


async def test_a_list_is_read_page_by_page(registry: ServiceClient) -> None:
    path = "/v1/footprints/ods:QU9/contacts?as_of=2019-05-01&limit=2"
    first = (await registry.get(path)).json()
    second = (await registry.get(first["next"])).json()
    assert len(first["items"]) == 2
    assert not {each["id"] for each in first["items"]} & {each["id"] for each in second["items"]}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
async def test_no_contact_is_fresh_where_the_calendar_ends(registry: ServiceClient, day: str) -> None:
    found = await registry.get(f"/v1/organisations/ons:E08000021/contacts?fresh=true&as_of={day}")
    assert (found.status_code, found.json()["items"]) == (200, [])


async def test_the_contacts_of_a_body_that_closed_are_stale_however_late_they_were_known(
    registry: ServiceClient,
) -> None:
    """Central Manchester closed on 30 September 2017; the register of 9 April 2026 has its address."""
    path, day = "/v1/organisations/ods:RW3", "as_of=2026-05-01"
    listed = (await registry.get(f"{path}/contacts?{day}")).json()["items"]
    found = (await registry.get(f"{path}?{day}")).json()
    assert {each["channel"] for each in listed} == {"post", "phone"}
    one = (await registry.get(f"/v1/contacts/{listed[0]['id']}?{day}")).json()
    assert {each["freshness"] for each in (*listed, *found["contacts"], one)} == {"stale"}
    assert "contact" in {each["what"] for each in found["not_known"]}
    assert (await registry.get(f"{path}/contacts?{day}&fresh=true")).json()["items"] == []
    assert len((await registry.get(f"{path}/contacts?{day}&fresh=false")).json()["items"]) == len(listed)
