from uuid import UUID

import pytest

from services.gateway.clients.organisations import organisation_known_as
from services.gateway.proxy.errors import ServiceUnavailable
from services.gateway.proxy.tokens import Tokens
from services.gateway.proxy.upstream import Upstream
from shared.auth import TokenSigner
from shared.errors import Invalid
from tests.gateway.gateways import Gateways
from tests.gateway.upstreams import ORGANISATION


async def ask(gateways: Gateways, reference: str, **overrides: str) -> UUID:
    settings = gateways.settings(**overrides)
    tokens = Tokens(TokenSigner(settings.token_private_key, "doorway-gateway", "gateway-1"))
    async with Upstream(settings, tokens).running() as upstream:
        return await organisation_known_as(upstream, reference)


@pytest.mark.parametrize("reference", [ORGANISATION, "ods:RX6"])
async def test_the_registry_is_asked_by_id_or_code(gateways: Gateways, reference: str) -> None:
    assert await ask(gateways, reference) == UUID(ORGANISATION)


async def test_an_organisation_that_is_not_there_is_refused_by_field(gateways: Gateways) -> None:
    with pytest.raises(Invalid) as refused:
        await ask(gateways, "ods:NONE")
    assert refused.value.errors[0].pointer == "/organisation"


@pytest.mark.parametrize("path", ["", "?as=refuse&rest="])
async def test_a_registry_that_cannot_tell_is_not_one_that_says_no(gateways: Gateways, path: str) -> None:
    away = "http://127.0.0.1:1" if not path else f"{gateways.upstream.url}/v1/x{path}"
    with pytest.raises(ServiceUnavailable):
        await ask(gateways, "ods:RX6", registry_url=away)
