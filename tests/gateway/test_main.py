import pytest
from prometheus_client import generate_latest

from tests.gateway.gateways import Gateways


@pytest.mark.parametrize(
    ("method", "path"),
    [("DELETE", "/v1/whoami"), ("PUT", "/v1/clients"), ("POST", "/v1/audit"), ("POST", "/docs")],
)
async def test_its_own_routes_know_their_methods(gateways: Gateways, method: str, path: str) -> None:
    gateway = await gateways.start()
    refused = await gateway.request(method, path)
    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")


async def test_what_is_nowhere_is_not_found(gateways: Gateways) -> None:
    gateway = await gateways.start()
    for path in ("/", "/v1", "/v2/feedback", "/redoc", "/admin", "/v1/replies"):
        answer = await gateway.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert gateways.upstream.reached == []


async def test_it_is_ready_when_its_database_is(gateways: Gateways) -> None:
    assert (await (await gateways.start()).get("/readyz")).status_code == 200
    away = await gateways.start(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    assert [(await away.get(path)).status_code for path in ("/livez", "/readyz")] == [200, 503]


async def test_without_its_database_what_is_public_still_passes(gateways: Gateways) -> None:
    away = await gateways.start(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    assert (await away.get("/v1/footprints")).status_code == 200
    keyed = await away.get("/v1/footprints", headers={"Authorization": f"Bearer dw_{'0' * 32}_{'0' * 48}"})
    assert (keyed.status_code, keyed.json()["code"]) == (503, "unavailable")


async def test_metrics_name_templates(gateways: Gateways) -> None:
    gateway = await gateways.start()
    await gateway.get("/v1/footprints/ods:QHM")
    found = generate_latest().decode()
    assert 'route="/v1/footprints/{ref}",service="gateway",status="200"' in found
    assert "QHM" not in found
    refused = await gateway.get("/metrics")
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
