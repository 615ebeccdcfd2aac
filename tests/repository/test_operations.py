"""Every operation of the API says what it does, and answers what is wrong in one shape."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient

from deploy.documents import app_of
from deploy.environment import Addresses, environment, fields_of
from deploy.keys import SERVICES, make_keys
from services.gateway.table import ROUTES
from shared.manifest import manifests
from tests.repository.tree import ROOT, living_pages, name_of

METHODS = {"get", "post", "put", "patch", "delete"}


@cache
def paths() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "deploy" / "openapi.json").read_text())["paths"]
    return found


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in paths().items():
        for method, operation in methods.items():
            if method in METHODS:
                yield f"{method.upper()} {path}", operation


def test_every_operation_says_what_it_does() -> None:
    wanted = ("summary", "description", "operationId", "tags")
    assert [(name, key) for name, operation in operations() for key in wanted if not operation.get(key)] == []


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert [name for name in names if names.count(name) > 1 or not name.isidentifier()] == []


def test_every_operation_answers_what_is_wrong_as_a_problem() -> None:
    wrong = [
        name
        for name, operation in operations()
        if set(operation["responses"]["default"]["content"]) != {"application/problem+json"}
    ]
    assert wrong == []


def test_every_parameter_and_path_is_in_the_public_style() -> None:
    assert [path for path in paths() if not path.startswith("/v1/") or path != path.lower()] == []


def test_every_operation_says_whether_it_takes_a_key() -> None:
    """A client that is made from the document sends its key where a key decides what is seen."""
    optional: list[dict[str, list[str]]] = [{}, {"key": []}]
    keyed = {name for name, each in operations() if each["security"] not in (optional, [])}
    assert {name for name, each in operations() if each["security"] == []} == {
        "GET /v1/hooks/{source_id}",
        "POST /v1/hooks/{source_id}",
    }
    scopes = [each["security"] for name, each in operations() if name in keyed]
    assert [each for each in scopes if [*each[0]] != ["key"]] == []


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "gateway"])
async def test_only_an_address_for_others_systems_takes_any_query(service: str, tmp_path: Path) -> None:
    """The query is judged before anything else, so the apps need no database to be asked."""
    make_keys(tmp_path / "secrets")
    nowhere = Addresses("postgresql://127.0.0.1:1", "nats://127.0.0.1:1", dict.fromkeys(SERVICES, 1))
    app = app_of(service, fields_of(service, environment(tmp_path / "secrets", nowhere)))
    asked, refused = set(), set()
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with AsyncClient(transport=transport, base_url="http://doorway") as client:
        for name, operation in operations():
            if service_of(name) != service:
                continue
            method, path = name.split()
            known = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
            query = dict.fromkeys([*known, "no_such"], "x")
            answer = await client.request(method, re.sub(r"{\w+}", "x", path), params=query)
            asked.add(name)
            errors = answer.json().get("errors", []) if answer.status_code == 422 else []
            if [each["pointer"] for each in errors] == ["/query/no_such"]:
                refused.add(name)
    assert asked
    assert asked - refused == {name for name in asked if name.endswith("/v1/hooks/{source_id}")}


def service_of(operation: str) -> str:
    """The service that answers an operation."""
    [found] = (each.service for each in ROUTES if each.route.path == operation.split()[1])
    return found


def test_the_gateways_table_and_the_services_answer_the_same_paths() -> None:
    assert paths().keys() == {each.route.path for each in ROUTES}


@pytest.mark.parametrize("page", living_pages(), ids=name_of)
def test_every_path_that_a_page_names_is_there(page: Path) -> None:
    named = {path.rstrip(".") for path in re.findall(r"(/v1/[a-z][\w/{}:$.…-]*)", page.read_text())}
    known = [re.compile(re.sub(r"{\w+}", "[^/]+", path)) for path in paths()]
    left = [path for path in sorted(named) if not any(each.fullmatch(path) for each in known)]
    # `/v1/webhooks/…` stands for all below.
    begun = tuple(path.rstrip("…") for path in left if path.endswith(("/", "…")))
    assert [path for path in left if not path.endswith(("/", "…"))] == []
    assert [each for each in begun if not any(path.startswith(each) for path in paths())] == []


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_of_a_service_is_on_its_page(service: str) -> None:
    text = "".join(page.read_text() for page in (ROOT / "services" / service).rglob("README.md"))
    plain = (re.sub(r"/{\w+}$", "", route.path) for route in manifests()[service].routes)
    last = {re.split(r"[/.]", path)[-1] for path in plain}
    assert [word for word in sorted(last) if not re.search(rf"[/`.]{re.escape(word)}\b", text)] == []
