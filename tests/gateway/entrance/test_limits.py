import re

import httpx2
import pytest

from tests.gateway.gateways import Gateways


async def test_every_answer_says_where_the_caller_stands(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(client_limit=600), await gateways.partner()
    first = await gateway.get("/v1/whoami", headers=partner.headers)
    second = await gateway.get("/v1/nothing", headers=partner.headers)
    assert first.headers["ratelimit-policy"] == second.headers["ratelimit-policy"] == '"client";q=600;w=60'
    assert re.fullmatch(r'"client";r=599;t=(60|59)', first.headers["ratelimit"])
    assert re.fullmatch(r'"client";r=598;t=(60|59)', second.headers["ratelimit"])


async def test_a_client_over_its_limit_waits(gateways: Gateways) -> None:
    gateway = await gateways.start(client_limit=2)
    partner, other = await gateways.partner(), await gateways.partner()
    answers = [await gateway.get("/v1/whoami", headers=partner.headers) for _ in range(3)]
    assert [each.status_code for each in answers] == [200, 200, 429]
    refused = answers[2]
    assert refused.json()["code"] == "too_many"
    assert refused.headers["content-type"] == "application/problem+json"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["ratelimit"].startswith('"client";r=0;')
    assert (await gateway.get("/v1/whoami", headers=other.headers)).status_code == 200


async def test_a_client_over_its_limit_is_not_passed_on(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(client_limit=1), await gateways.partner()
    for _ in range(3):
        await gateway.get("/v1/feedback", headers=partner.headers)
    assert len(gateways.upstream.reached) == 1


async def test_who_has_no_key_is_counted_by_address(gateways: Gateways) -> None:
    gateway = await gateways.start(address_limit=2, trusted_proxies="127.0.0.0/8")
    first, other = {"X-Forwarded-For": "192.0.2.1"}, {"X-Forwarded-For": "192.0.2.2"}
    statuses = [(await gateway.get("/v1/footprints", headers=first)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    assert (await gateway.get("/v1/footprints", headers=other)).status_code == 200


async def test_an_untrusted_sender_cannot_change_its_address(gateways: Gateways) -> None:
    gateway = await gateways.start(address_limit=2)
    statuses = [
        (await gateway.get("/v1/footprints", headers={"X-Forwarded-For": f"192.0.2.{n}"})).status_code
        for n in range(3)
    ]
    assert statuses == [200, 200, 429]


async def test_wrong_keys_are_counted_by_address(gateways: Gateways) -> None:
    gateway = await gateways.start(address_limit=2)
    wrong = {"Authorization": "Bearer dw_wrong"}
    statuses = [(await gateway.get("/v1/footprints", headers=wrong)).status_code for _ in range(3)]
    assert statuses == [401, 401, 429]


async def test_reply_codes_have_a_limit_of_their_own_with_or_without_a_key(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(reply_limit=10), await gateways.partner()
    answers = [await gateway.post("/v1/replies/lookup", json={}, headers=partner.headers) for _ in range(11)]
    assert [each.status_code for each in answers] == [200] * 10 + [429]
    assert answers[0].headers["ratelimit-policy"] == '"reply";q=10;w=60'
    assert (await gateway.post("/v1/replies/withdraw", json={})).status_code == 429
    assert (await gateway.get("/v1/footprints")).status_code == 200


async def test_a_key_with_many_addresses_is_no_way_round_the_limit_of_reply_codes(gateways: Gateways) -> None:
    gateway = await gateways.start(reply_limit=3, trusted_proxies="127.0.0.0/8")
    partner, other = await gateways.partner(), await gateways.partner()

    async def look_up(address: str, key: dict[str, str]) -> httpx2.Response:
        headers = key | {"X-Forwarded-For": address}
        return await gateway.post("/v1/replies/lookup", json={}, headers=headers)

    answers = [await look_up(f"192.0.2.{number}", partner.headers) for number in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert 1 <= int(answers[3].headers["retry-after"]) <= 60
    assert (await look_up("192.0.2.9", other.headers)).status_code == 200
    # Nor does a key raise the limit of an address.
    keys: list[dict[str, str]] = [{}, {}, other.headers, other.headers]
    assert [(await look_up("192.0.2.10", key)).status_code for key in keys] == [200, 200, 200, 429]


@pytest.mark.parametrize(
    ("limit", "method", "path"),
    [
        ("export", "GET", "/v1/directory.csv"),
        ("batch", "POST", "/v1/lookup/batch"),
        ("mapping", "POST", "/v1/sources/01981d3e-0000-7000-8000-000000000000/mappings"),
    ],
)
async def test_clients_behind_one_address_do_not_use_up_each_others_limit(
    gateways: Gateways, limit: str, method: str, path: str
) -> None:
    gateway = await gateways.start(**{f"{limit}_limit": 1})
    first, second = await gateways.partner(), await gateways.partner()
    keys = [first.headers, second.headers, first.headers, {}, {}]
    answers = [await gateway.request(method, path, headers=key) for key in keys]
    assert [each.status_code == 429 for each in answers] == [False, False, True, False, True]


async def test_suggestions_have_a_limit_of_their_own_with_or_without_a_key(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(suggestion_limit=5), await gateways.partner()
    path = "/v1/footprints/ods:QHM/suggestions"
    answers = [await gateway.post(path, json={}, headers=partner.headers) for _ in range(6)]
    assert [each.status_code for each in answers] == [200] * 5 + [429]
    assert answers[0].headers["ratelimit-policy"] == '"suggestion";q=5;w=60'
    assert (await gateway.post("/v1/organisations/ods:RX6/suggestions", json={})).status_code == 429
    assert (await gateway.get("/v1/footprints")).status_code == 200


async def test_codes_of_suggestions_are_looked_up_under_the_limit_of_codes(gateways: Gateways) -> None:
    gateway = await gateways.start(reply_limit=1)
    statuses = [(await gateway.post("/v1/suggestions/lookup", json={})).status_code for _ in range(2)]
    assert statuses == [200, 429]


async def test_whole_directories_have_a_limit_of_their_own(gateways: Gateways) -> None:
    gateway = await gateways.start(export_limit=2)
    paths = ("/v1/directory.csv", "/v1/directory.vcf", "/v1/directory.csv", "/v1/changes")
    assert [(await gateway.get(path)).status_code for path in paths] == [200, 200, 429, 200]


async def test_lists_of_places_have_a_limit_of_their_own(gateways: Gateways) -> None:
    gateway = await gateways.start(batch_limit=1)
    paths = ("/v1/lookup/batch", "/v1/lookup/batch", "/v1/lookup")
    assert [(await gateway.post(path, json={})).status_code for path in paths] == [200, 429, 200]


async def test_hooks_are_counted_by_source_and_address(gateways: Gateways) -> None:
    gateway = await gateways.start(hook_limit=1)
    statuses = [(await gateway.post(f"/v1/hooks/{each}", content=b"{}")).status_code for each in "xxyx"]
    assert statuses == [200, 429, 200, 429]


async def test_an_address_cannot_send_to_any_number_of_sources(gateways: Gateways) -> None:
    gateway = await gateways.start(hook_limit=1)
    statuses = [(await gateway.post(f"/v1/hooks/{each}", content=b"{}")).status_code for each in range(11)]
    assert statuses == [200] * 10 + [429]


async def test_health_is_not_limited(gateways: Gateways) -> None:
    gateway = await gateways.start(address_limit=1)
    assert [(await gateway.get("/livez")).status_code for _ in range(3)] == [200] * 3
