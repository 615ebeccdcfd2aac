from uuid import UUID

import pytest

from services.gateway.clients.organisations import find_organisation_id
from services.gateway.errors import ServiceUnavailable
from services.gateway.proxy.upstream import Upstream
from shared.errors import Invalid
from tests.gateway.gateways import Gateways
from tests.gateway.upstreams import ORGANISATION


async def ask(gateways: Gateways, reference: str, **overrides: str) -> UUID:
    settings = gateways.settings(**overrides)
    async with Upstream(settings).running() as upstream:
        return await find_organisation_id(upstream, reference)


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
