import json
import re
from pathlib import Path

import pytest

from services.gateway.openapi.document import ASSETS, page_assets
from tests.gateway.gateways import Gateways

DOCUMENT = {
    "openapi": "3.1.0",
    "paths": {},
    "x-problems": [{"code": "key_unknown", "status": 401, "detail": "Send `<key>` & try again."}],
}


@pytest.fixture
def joined(tmp_path: Path) -> Path:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(DOCUMENT))
    return path


async def test_the_joined_document_is_served(gateways: Gateways, joined: Path) -> None:
    gateway = await gateways.start(openapi_path=joined)
    answer = await gateway.get("/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == DOCUMENT


async def test_the_committed_document_is_served_by_default(gateways: Gateways) -> None:
    gateway = await gateways.start()
    assert (await gateway.get("/openapi.json")).json()["openapi"].startswith("3.1")


async def test_every_code_has_an_entry_that_its_problems_point_to(gateways: Gateways, joined: Path) -> None:
    gateway = await gateways.start(openapi_path=joined)
    problem = (await gateway.get("/v1/feedback", headers={"Authorization": "x"})).json()
    page, _, anchor = problem["type"].partition("#")
    found = await gateway.get(page)
    assert f'id="{anchor}"' in found.text
    assert "Send `&lt;key&gt;` &amp; try again." in found.text
    assert found.headers["content-type"] == "text/html; charset=utf-8"


async def test_the_pages_load_nothing_from_elsewhere(gateways: Gateways, joined: Path) -> None:
    gateway = await gateways.start(openapi_path=joined)
    for page in ("/docs", "/docs/errors"):
        answer = await gateway.get(page)
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "http" not in policy
        loaded = re.findall(r'(?:src|href)="([^"#]+)"', answer.text)
        assert loaded
        assert all(each.startswith("/") for each in loaded)
        for path in loaded:
            assert (path, (await gateway.get(path)).status_code) == (path, 200)


async def test_the_viewer_asks_no_other_host() -> None:
    script = (ASSETS / "docs.js").read_text()
    assert 'url: "/openapi.json"' in script
    assert "validatorUrl: null" in script


async def test_assets_have_their_kind_and_nothing_else_is_served(gateways: Gateways) -> None:
    gateway = await gateways.start()
    script = await gateway.get("/docs/assets/swagger-ui-bundle.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    for name in ("document.py", "..%2fdocument.py", "LICENSE2", ""):
        assert (await gateway.get(f"/docs/assets/{name}")).status_code == 404


def test_the_licence_stands_beside_the_assets() -> None:
    assert "Apache License" in (ASSETS / "LICENSE").read_text()
    assert "swagger-ui-bundle.js" in page_assets()
