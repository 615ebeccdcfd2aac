"""The registry's app as a whole."""

from fastapi import FastAPI

from services.registry.main import create_app
from services.registry.settings import Settings
from tests.fixtures.clients import ServiceClient


def test_lookup_by_body_is_documented_first(imported: Settings) -> None:
    app: FastAPI = create_app(imported)
    operations = [(method, path) for path, methods in app.openapi()["paths"].items() for method in methods]
    assert operations[0] == ("post", "/v1/lookup")
    assert ("get", "/v1/footprints/{ref}/lineage") in operations


async def test_health_needs_no_token(registry: ServiceClient) -> None:
    for path in ("/livez", "/readyz"):
        assert (await registry.get(path, headers={"Authorization": ""})).status_code == 200


async def test_every_route_needs_the_gateways_token(registry: ServiceClient) -> None:
    for path, methods in registry.app.openapi()["paths"].items():
        for method in methods:
            wanted = path.replace("{ref}", "ods:QHM")
            answer = await registry.request(method, wanted, headers={"Authorization": "Bearer forged"})
            assert answer.status_code == 401, (method, path)
