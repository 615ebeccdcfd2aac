"""Contacts over HTTP: doors, with how fresh each is."""

from tests.fixtures.clients import ServiceClient
from tests.registry.conftest import statements


async def test_old_doors_are_listed_as_stale(registry: ServiceClient) -> None:
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


async def test_several_mailboxes_are_several_doors(registry: ServiceClient) -> None:
    found = (await registry.get("/v1/footprints/ods:QU9/contacts?as_of=2019-05-01")).json()["items"]
    assert len([each for each in found if each["channel"] == "email"]) == 3


async def test_listing_costs_three_queries(registry: ServiceClient) -> None:
    with statements(registry) as sent:
        await registry.get("/v1/footprints/ods:QVP/contacts")
    assert len(sent) == 3
