"""What has not changed is not sent again."""

from collections import defaultdict

import pytest

from shared.ids import new_id
from tests.fixtures.clients import ServiceClient

PATHS = [
    "/v1/footprints",
    "/v1/footprints/ods:QHM",
    "/v1/organisations?limit=200",
    "/v1/organisations/ods:RX6",
]


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_read_again_is_not_sent_again(registry: ServiceClient, path: str) -> None:
    first = await registry.get(path)
    again = await registry.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == first.headers["Cache-Control"] == "no-cache"
    assert again.headers["Vary"] == first.headers["Vary"] == "Authorization"
    assert not {"content-type", "content-length"} & set(again.headers)


async def test_everything_that_is_public_has_a_tag(registry: ServiceClient) -> None:
    tried = 0
    for path, methods in registry.app.openapi()["paths"].items():
        if "get" not in methods or methods["get"].get("security"):
            continue
        answer = await registry.get(path.format_map(defaultdict(str, ref="ods:QHM", edition="ICB2026")))
        if answer.status_code == 200:
            tried += 1
            known = {"If-None-Match": answer.headers["ETag"]}
            again = await registry.get(answer.url.raw_path.decode(), headers=known)
            assert (again.status_code, again.content) == (304, b""), path
    assert tried > 15


async def test_another_page_or_day_has_another_tag(registry: ServiceClient) -> None:
    tags = [
        (await registry.get(f"/v1/footprints?{query}")).headers["ETag"] for query in ("limit=1", "limit=2")
    ]
    assert len(set(tags)) == 2
    changed = await registry.get("/v1/footprints?limit=2", headers={"If-None-Match": tags[0]})
    assert (changed.status_code, len(changed.json()["items"])) == (200, 2)


async def test_an_answer_to_a_key_is_kept_by_nobody_in_between(registry: ServiceClient) -> None:
    client = registry.as_(client_id=new_id(), organisation_id=new_id(), scopes=["registry:read"])
    answer = await client.get("/v1/footprints")
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert answer.headers["Vary"] == "Authorization"


async def test_the_answer_about_a_postcode_is_kept_nowhere(registry: ServiceClient) -> None:
    answer = await registry.get("/v1/lookup?postcode=NE1%204LP")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    again = await registry.get(
        "/v1/lookup?postcode=NE1 4LP", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status_code == 304


async def test_refusals_and_changes_are_not_kept(registry: ServiceClient) -> None:
    for answer in (await registry.get("/v1/footprints/ods:ZZZ"), await registry.post("/v1/lookup", json={})):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers


async def test_health_is_not_compared(registry: ServiceClient) -> None:
    answer = await registry.get("/livez", headers={"If-None-Match": "*"})
    assert (answer.status_code, "ETag" in answer.headers) == (200, False)


async def test_the_tag_that_was_read_serves_a_change(registry: ServiceClient) -> None:
    steward = registry.as_(
        client_id=new_id(), organisation_id=new_id(), scopes=["operator", "registry:write"]
    )
    made = await steward.post("/v1/organisations", json={"name": "Tagged (invented)", "kind": "voluntary"})
    read = await steward.get(made.headers["Location"])
    assert read.headers["ETag"].startswith(made.headers["ETag"].rstrip('"') + "-")
