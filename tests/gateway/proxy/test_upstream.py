import jwt
import pytest

from services.gateway.errors import ServiceUnavailable, UpstreamTimeout
from services.gateway.proxy import upstream as upstream_module
from services.gateway.proxy.upstream import TokenCache, Upstream
from shared.auth import Caller, TokenSigner
from shared.ids import new_id
from tests.gateway.gateways import Gateways


def upstream(gateways: Gateways, **overrides: object) -> Upstream:
    return Upstream(gateways.settings(**overrides))


async def get(found: Upstream, target: str) -> bytes:
    async with found.call("loop", "GET", target.encode(), Caller()) as answer:
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
    async with few.running(), few.call("loop", "GET", b"/x?as=stream", Caller()):
        with pytest.raises(ServiceUnavailable):
            await get(few, "/v1/loops")


async def test_what_can_go_wrong_has_a_name(gateways: Gateways) -> None:
    async with upstream(gateways, upstream_seconds=0.2).running() as found:
        with pytest.raises(UpstreamTimeout):
            await get(found, "/x?as=slow")
        with pytest.raises(ServiceUnavailable):
            await get(found, "/x?as=break")
    async with upstream(gateways, loop_url="http://127.0.0.1:1").running() as found:
        with pytest.raises(ServiceUnavailable):
            await get(found, "/v1/loops")


def test_a_token_is_signed_once_for_each_client_and_service(
    gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = TokenCache(TokenSigner(gateways.settings().token_private_key, "doorway-gateway", "gateway-1"))
    caller = Caller(new_id(), new_id(), "digital", frozenset({"feedback:write"}))
    first = made.authorization(caller, "feedback")
    assert made.authorization(caller, "feedback") is first
    assert made.authorization(caller, "loop") != first
    assert made.authorization(Caller(), "feedback") != first
    monkeypatch.setattr(upstream_module, "TOKEN_REUSE_SECONDS", 0)
    short = made.authorization(Caller(new_id()), "feedback")
    assert made.authorization(Caller(new_id()), "feedback") is not short


async def test_a_service_is_told_who_calls(gateways: Gateways) -> None:
    gateway, partner = await gateways.start(), await gateways.partner("feedback:write", "feedback:read")
    await gateway.get("/v1/feedback", headers=partner.headers)
    await gateway.get("/v1/footprints")
    known, nobody = [claims(each.header("authorization")) for each in gateways.upstream.reached]
    assert known["sub"] == str(partner.id)
    assert known["org"] == str(partner.organisation_id)
    assert (known["team"], known["scopes"]) == ("digital", ["feedback:read", "feedback:write"])
    assert (known["iss"], known["aud"]) == ("doorway-gateway", "feedback")
    assert (nobody["sub"], nobody["org"], nobody["scopes"], nobody["aud"]) == (
        "anonymous",
        None,
        [],
        "registry",
    )


def claims(authorization: str | None) -> dict[str, object]:
    assert authorization is not None
    found: dict[str, object] = jwt.decode(
        authorization.removeprefix("Bearer "), options={"verify_signature": False}
    )
    return found
