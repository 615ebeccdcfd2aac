import asyncio
import re

import httpx2
import pytest

from services.gateway.settings import LIMITS
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


RIGHT, WRONG = "/v1/replies/lookup", "/v1/replies/lookup?as=missing"


async def test_ten_wrong_codes_shut_out_nobody_behind_the_same_address(gateways: Gateways) -> None:
    usual = LIMITS["reply"].per_minute
    gateway, partner = await gateways.start(reply_limit=usual), await gateways.partner()
    for headers in ({}, partner.headers):
        wrong = [(await gateway.post(WRONG, json={}, headers=headers)).status_code for _ in range(10)]
        assert wrong == [404] * 10
        right = [(await gateway.post(RIGHT, json={}, headers=headers)).status_code for _ in range(70)]
        assert right == [200] * 70


async def test_only_wrong_codes_are_charged(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(reply_limit=2), await gateways.partner()
    paths = [RIGHT, WRONG, RIGHT, "/v1/replies/withdraw?as=refuse", RIGHT, WRONG, RIGHT, WRONG]
    answers = [await gateway.post(path, json={}, headers=partner.headers) for path in paths]
    assert [each.status_code for each in answers] == [200, 404, 200, 403, 200, 404, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"reply";q=2;w=60'
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    # Whoever shares the limit goes on with right codes, and reads no more about wrong ones.
    shared = [await gateway.post(path, json={}, headers=partner.headers) for path in (RIGHT, WRONG)]
    assert [each.status_code for each in shared] == [200, 429]


async def test_misses_that_are_refused_are_charged_until_nothing_passes(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(reply_limit=1), await gateways.partner()
    misses = [(await gateway.post(WRONG, json={})).status_code for _ in range(10)]
    assert misses == [404] + [429] * 9
    assert len(gateways.upstream.reached) == 10
    # A network misses ten times what an address may: then nobody in it learns of any code.
    for headers in ({}, partner.headers):
        assert (await gateway.post(RIGHT, json={}, headers=headers)).status_code == 429
    assert len(gateways.upstream.reached) == 10
    assert (await gateway.get("/v1/footprints")).status_code == 200


async def test_a_key_misses_no_more_than_a_network_from_anywhere(gateways: Gateways) -> None:
    gateway = await gateways.start(reply_limit=1, trusted_proxies="127.0.0.0/8")
    partner = await gateways.partner()
    misses = [await guess(gateway, f"192.0.{number}.1", partner.headers) for number in range(11)]
    assert misses == [404] + [429] * 10
    assert len(gateways.upstream.reached) == 10


async def test_guesses_at_the_same_time_are_no_way_round(gateways: Gateways) -> None:
    gateway = await gateways.start(reply_limit=2)
    slow = [asyncio.create_task(gateway.post(f"{RIGHT}?as=slow", json={})) for _ in range(25)]
    done, waiting = await asyncio.wait(slow, return_when=asyncio.FIRST_COMPLETED)
    while len(done) < 5:
        more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        done |= more
    assert [each.result().status_code for each in done] == [429] * 5
    gateways.upstream.release.set()
    assert [(await each).status_code for each in waiting] == [200] * 20
    assert (await gateway.post(RIGHT, json={})).status_code == 200


async def test_reply_codes_still_count_as_requests(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(address_limit=2, client_limit=3), await gateways.partner()
    statuses = [(await gateway.post(RIGHT, json={})).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    keyed = [(await gateway.post(RIGHT, json={}, headers=partner.headers)).status_code for _ in range(4)]
    assert keyed == [200, 200, 200, 429]


async def guess(gateway: httpx2.AsyncClient, address: str, key: dict[str, str] | None = None) -> int:
    headers = (key or {}) | {"X-Forwarded-For": address}
    return (await gateway.post(WRONG, json={}, headers=headers)).status_code


async def test_a_key_with_many_addresses_is_no_way_round_the_limit_of_reply_codes(gateways: Gateways) -> None:
    gateway = await gateways.start(reply_limit=3, trusted_proxies="127.0.0.0/8")
    partner, other = await gateways.partner(), await gateways.partner()
    answers = [await guess(gateway, f"192.0.{number}.1", partner.headers) for number in range(4)]
    assert answers == [404, 404, 404, 429]
    assert await guess(gateway, "192.0.9.9", other.headers) == 404


async def test_wrong_codes_of_others_behind_its_address_do_not_shut_out_a_client(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(reply_limit=2), await gateways.partner()
    without = [(await gateway.post(WRONG, json={})).status_code for _ in range(3)]
    assert without == [404, 404, 429]
    # The client has its own limit, which it uses up alone.
    keyed = [(await gateway.post(WRONG, json={}, headers=partner.headers)).status_code for _ in range(3)]
    assert keyed == [404, 404, 429]


async def test_many_keys_in_a_network_are_no_way_round(gateways: Gateways) -> None:
    gateway = await gateways.start(reply_limit=1)
    partners = [await gateways.partner() for _ in range(11)]
    answers = [(await gateway.post(WRONG, json={}, headers=each.headers)).status_code for each in partners]
    assert answers == [404] * 10 + [429]


@pytest.mark.parametrize("address", ["192.0.2.{}", "2001:db8:1:{}::1"])
async def test_many_addresses_of_a_network_are_no_way_round_either(gateways: Gateways, address: str) -> None:
    gateway = await gateways.start(reply_limit=1, trusted_proxies="127.0.0.0/8")
    answers = [await guess(gateway, address.format(number)) for number in range(1, 12)]
    assert answers == [404] * 10 + [429]
    assert await guess(gateway, "2001:db8:2::1") == await guess(gateway, "198.51.100.1") == 404


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
    path = "/v1/suggestions/lookup?as=missing"
    assert [(await gateway.post(path, json={})).status_code for _ in range(2)] == [404, 429]


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
