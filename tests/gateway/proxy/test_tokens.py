import jwt
import pytest

from services.gateway.proxy import tokens
from services.gateway.proxy.tokens import Tokens
from shared.auth import Caller, TokenSigner
from shared.ids import new_id
from tests.gateway.gateways import Gateways


def test_a_token_is_signed_once_for_each_client_and_service(
    gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Tokens(TokenSigner(gateways.settings().token_private_key, "doorway-gateway", "gateway-1"))
    caller = Caller(new_id(), new_id(), "digital", frozenset({"feedback:write"}))
    first = made.authorization(caller, "feedback")
    assert made.authorization(caller, "feedback") is first
    assert made.authorization(caller, "loop") != first
    assert made.authorization(Caller(), "feedback") != first
    monkeypatch.setattr(tokens, "REUSED_SECONDS", 0)
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
