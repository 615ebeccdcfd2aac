"""HEAD wherever GET is, OPTIONS everywhere, and a complete `Allow`."""

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


async def test_head_answers_as_get_does_without_the_body(client):
    read, head = await client.get("/things"), await client.head("/things")
    assert (head.status_code, head.content) == (200, b"")
    own = {"x-request-id"}
    assert [pair for pair in head.headers.items() if pair[0] not in own] == [
        pair for pair in read.headers.items() if pair[0] not in own
    ]


async def test_head_of_what_is_not_there_is_as_get(client):
    assert (await client.head("/nothing")).status_code == 404
    assert (await client.head("/things?no_such=1")).status_code == 422


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/things", "GET, HEAD, OPTIONS, POST"),
        ("/things/00000000-0000-7000-8000-000000000000", "OPTIONS, PATCH"),
    ],
)
async def test_options_and_a_refused_method_list_all_that_an_address_allows(client, path, allowed):
    asked, refused = await client.options(path), await client.put(path)
    assert (asked.status_code, asked.headers["allow"], asked.content) == (204, allowed, b"")
    assert (refused.status_code, refused.headers["allow"]) == (405, allowed)
    assert refused.json()["code"] == "method_not_allowed"


async def test_head_where_nothing_can_be_read_is_refused(client):
    refused = await client.head(f"/things/{new_id()}")
    assert (refused.status_code, refused.headers["allow"]) == (405, "OPTIONS, PATCH")


async def test_options_of_what_is_not_there_is_a_problem(client):
    assert (await client.options("/nothing")).json()["code"] == "not_found"
