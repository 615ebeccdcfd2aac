"""Bodies beyond the usual limit, on a route whose manifest takes them."""

import asyncio
from collections.abc import AsyncIterator

from services.gateway.proxy.body import WHOLE_BYTES
from tests.gateway.gateways import Gateways

MEGABYTE = 1_048_576


async def test_a_batch_may_be_larger_with_a_key_and_an_announced_length(gateways: Gateways) -> None:
    gateway, partner = await gateways.serve(), await gateways.partner()
    path, batch = "/v1/feedback/batch", b"x" * (2 * MEGABYTE)

    async def unannounced() -> AsyncIterator[bytes]:
        yield batch

    assert (await gateway.post(path, content=batch, headers=partner.headers)).status_code == 200
    assert len(gateways.upstream.reached[0].body) == len(batch)
    refused = [
        await gateway.post(path, content=batch),
        await gateway.post(path, content=unannounced(), headers=partner.headers),
        await gateway.post(path, content=b"x" * (16 * MEGABYTE + 1), headers=partner.headers),
        await gateway.post("/v1/feedback", content=batch, headers=partner.headers),
    ]
    assert [(each.status_code, each.json()["code"]) for each in refused] == [(413, "body_too_large")] * 4
    assert len(gateways.upstream.reached) == 1


async def test_a_client_sends_one_larger_batch_at_a_time(gateways: Gateways) -> None:
    gateway, partner, other = await gateways.serve(), await gateways.partner(), await gateways.partner()
    path, batch, small = "/v1/feedback/batch", b"x" * (2 * MEGABYTE), b"x" * (WHOLE_BYTES * 4)
    headers = partner.headers
    sending = asyncio.create_task(gateway.post(f"{path}?as=slow", content=batch, headers=headers))
    await asyncio.wait_for(gateways.upstream.came.wait(), 5)
    refused = await gateway.post(path, content=batch, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many")
    assert (await gateway.post(path, content=small, headers=headers)).status_code == 200
    assert (await gateway.post(path, content=batch, headers=other.headers)).status_code == 200
    gateways.upstream.release.set()
    assert (await sending).status_code == 200
    assert (await gateway.post(path, content=batch, headers=headers)).status_code == 200
