import pytest

from services.gateway.proxy.errors import ServiceUnavailable, UpstreamTimeout
from services.gateway.proxy.tokens import Tokens
from services.gateway.proxy.upstream import Upstream
from shared.auth import Caller, TokenSigner
from tests.gateway.gateways import Gateways


def upstream(gateways: Gateways, **overrides: object) -> Upstream:
    settings = gateways.settings(**overrides)
    return Upstream(settings, Tokens(TokenSigner(settings.token_private_key, "doorway-gateway", "gateway-1")))


async def get(found: Upstream, target: str) -> bytes:
    async with found.call("loop", "GET", target, caller=Caller(), headers=[]) as answer:
        return await answer.read()


async def test_a_connection_is_used_again(gateways: Gateways) -> None:
    async with upstream(gateways).running() as found:
        for _ in range(3):
            await get(found, "/v1/loops")
    assert len({each.peer for each in gateways.upstream.reached}) == 1


async def test_the_target_arrives_as_it_is(gateways: Gateways) -> None:
    async with upstream(gateways).running() as found:
        await get(found, "/v1/loops/a%2Db;c?q=%7E+%20&q")
    assert gateways.upstream.reached[0].path == "/v1/loops/a%2Db;c?q=%7E+%20&q"


async def test_nothing_is_added_but_what_the_gateway_says(gateways: Gateways) -> None:
    async with upstream(gateways).running() as found:
        await get(found, "/v1/loops")
    names = {name.lower() for name, _ in gateways.upstream.reached[0].headers}
    assert names <= {"host", "authorization", "x-request-id", "traceparent"}


async def test_more_calls_than_connections_wait_only_so_long(gateways: Gateways) -> None:
    few = upstream(gateways, upstream_connections=1, upstream_connect_seconds=0.2)
    async with few.running(), few.call("loop", "GET", "/x?as=stream", caller=Caller(), headers=[]):
        with pytest.raises(ServiceUnavailable):
            await get(few, "/v1/loops")


async def test_what_can_go_wrong_has_a_name(gateways: Gateways) -> None:
    async with upstream(gateways, upstream_seconds=0.2).running() as found:
        with pytest.raises(UpstreamTimeout):
            await get(found, "/x?as=slow")
        with pytest.raises(ServiceUnavailable):
            await get(found, "/x?as=break")
    with pytest.raises(ServiceUnavailable):
        await get(upstream(gateways), "/v1/loops")
