import json
from pathlib import Path

from services.gateway.openapi.document import errors_page, page_assets, read_document
from shared.errors import Problem


def test_what_a_code_says_is_escaped(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps({"x-problems": [{"code": "a", "status": 400, "detail": "<b> & c"}]}))
    page = errors_page(path)
    assert '<dt id="a"><a href="#a">a</a> (400)</dt>' in page
    assert "&lt;b&gt; &amp; c" in page


def test_a_document_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    path.write_text("{}")
    first = read_document(path)
    path.write_text("[]")
    assert read_document(path) is first


def test_the_committed_page_has_every_code_of_the_gateway() -> None:
    page = errors_page(Path(__file__).parents[3] / "deploy" / "openapi.json")
    own = {each for each, problem in Problem.catalogue.items() if "services.gateway" in problem.__module__}
    assert {"key_unknown", "two_keys_live", "service_unavailable", "upstream_timeout"} <= own
    assert [code for code in own if f'id="{code}"' not in page] == []


def test_only_what_pages_load_is_an_asset() -> None:
    assert {Path(name).suffix for name in page_assets()} == {".css", ".js", ".png", ".txt"}
