"""Nobody's change is overwritten."""

import asyncio

import pytest

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient, lifespan
from tests.shared.small_service import create_app


@pytest.fixture
async def client(probe, servers):
    app = create_app(probe)
    caller = {"client_id": new_id(), "scopes": ["loop:write"]}
    async with lifespan(app), ServiceClient(app, "loop", servers.secrets, **caller) as found:
        yield found


@pytest.fixture
async def place(client):
    return (await client.post("/things", json={"name": "a"})).headers["location"]


async def test_a_change_needs_the_version_that_was_read(client, place):
    changed = await client.patch(place, json={"name": "b"}, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')


async def test_a_hash_after_the_version_does_not_matter(client, place):
    changed = await client.patch(place, json={"name": "b"}, headers={"If-Match": '"1-0123456789abcdef"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')


async def test_a_change_without_a_version_is_refused(client, place):
    refused = await client.patch(place, json={"name": "b"})
    assert (refused.status_code, refused.json()["code"]) == (428, "version_required")


async def test_a_stale_version_is_refused_and_told_the_present_one(client, place):
    refused = await client.patch(place, json={"name": "b"}, headers={"If-Match": '"7"'})
    assert (refused.status_code, refused.json()["code"]) == (412, "version_stale")
    assert refused.headers["etag"] == '"1"'


@pytest.mark.parametrize("tags", ['"x" , "1-0123456789abcdef"', 'W/"7","1"', '"a,b", "1"', '"1", "1"'])
async def test_tags_beside_the_version_that_was_read_do_not_matter(client, place, tags):
    changed = await client.patch(place, json={"name": "b"}, headers={"If-Match": tags})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')


async def test_tags_on_two_lines_are_one_list(client, place):
    headers = [("If-Match", '"x"'), ("If-Match", '"1"')]
    assert (await client.patch(place, json={"name": "b"}, headers=headers)).status_code == 200


@pytest.mark.parametrize("tags", ["*", " * ", '"1", "7"', '"1-0123456789abcdef", "2"'])
async def test_a_star_and_several_versions_are_refused_because_nobody_has_read_them(client, place, tags):
    refused = await client.patch(place, json={"name": "b"}, headers={"If-Match": tags})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    assert refused.json()["errors"][0]["pointer"] == "/headers/If-Match"
    assert "the one version that you have read" in refused.json()["detail"]
    listed = (await client.get("/things")).json()["items"]
    assert [item["name"] for item in listed] == ["a"]


@pytest.mark.parametrize("tags", ['W/"1"', '"x"', '"99999999999"', '"1-x"', '"7", W/"1"', '"1,2"'])
async def test_a_weak_tag_and_one_that_is_not_ours_match_nothing(client, place, tags):
    refused = await client.patch(place, json={"name": "b"}, headers={"If-Match": tags})
    assert (refused.status_code, refused.json()["code"]) == (412, "version_stale")
    assert refused.headers["etag"] == '"1"'


@pytest.mark.parametrize("tags", ["1", "w/1", '"1', '*, "1"', '"1" "2"', "x"])
async def test_malformed_tags_are_refused(client, place, tags):
    refused = await client.patch(place, json={"name": "b"}, headers={"If-Match": tags})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")


async def test_of_ten_at_once_one_wins(client, place):
    sent = [client.patch(place, json={"name": str(n)}, headers={"If-Match": '"1"'}) for n in range(10)]
    statuses = [answer.status_code for answer in await asyncio.gather(*sent)]
    assert sorted(statuses) == [200] + [412] * 9


async def test_what_is_not_there_is_not_found(client):
    missing = await client.patch(f"/things/{new_id()}", json={"name": "b"}, headers={"If-Match": '"1"'})
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_pages_follow_one_another_and_end(client):
    for number in range(5):
        await client.post("/things", json={"name": str(number)})
    first = await client.get("/things?limit=2")
    assert [item["name"] for item in first.json()["items"]] == ["4", "3"]
    assert first.headers["link"] == f'<{first.json()["next"]}>; rel="next"'
    second = await client.get(first.json()["next"])
    third = await client.get(second.json()["next"])
    assert [item["name"] for item in third.json()["items"]] == ["0"]
    assert third.json()["next"] is None
    assert "link" not in third.headers


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "cursor=x", "cursor=W10"])
async def test_a_bad_page_is_refused(client, query):
    assert (await client.get(f"/things?{query}")).status_code == 422
