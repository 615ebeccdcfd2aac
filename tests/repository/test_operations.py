"""Every operation of the API says what it does, and answers what is wrong in one shape."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from httpx2 import ASGITransport, AsyncClient
from starlette.types import Receive, Scope, Send

from deploy.documents import app_of
from deploy.environment import Addresses, environment, fields_of
from deploy.joining import TAGS
from deploy.keys import SERVICES, make_keys
from services.gateway.table import ROUTES
from shared.auth import Authentication, Caller
from shared.kept import KeptAnswers
from shared.manifest import manifests
from shared.settings import ServiceSettings
from shared.state import state_from
from tests.repository.tree import ROOT, living_pages, name_of

METHODS = {"get", "post", "put", "patch", "delete"}


@cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "deploy" / "openapi.json").read_text())
    return found


def paths() -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"]
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


def parts_of(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every object of a document with its path."""
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from parts_of(value, f"{path}/{key}")
    elif isinstance(node, list):
        for n, value in enumerate(node):
            yield from parts_of(value, f"{path}/{n}")


def test_generators_can_name_a_class_for_each_shape() -> None:
    schemas = document()["components"]["schemas"]
    titles = [schema["title"] for schema in schemas.values() if "title" in schema]
    assert sorted(title for title in titles if titles.count(title) > 1) == []
    assert [name for name in schemas if not name.isidentifier() or "__" in name] == []
    assert [name for name, each in operations() if len(each["tags"]) != 1] == []


def test_instants_are_instants_and_bounds_are_those_of_json_schema() -> None:
    found = [(path, part) for path, part in parts_of(document()) if "type" in part or "anyOf" in part]
    instants = [(path, part) for path, part in found if re.search(r"/properties/(\w+_)?at$", path)]
    assert len(instants) > 100
    wrong = {path for path, part in instants if '"date-time"' not in json.dumps(part)}
    # Where somebody can go, not when.
    assert {path.rpartition("/")[2] for path in wrong} == {"correct_at", "suggest_at"}
    assert [path for path, part in found if {"ge", "le", "gt", "lt"} & part.keys()] == []
    # A property that can only be null is none.
    assert [path for path, part in found if part.get("type") == "null" and "/anyOf/" not in path] == []


def test_every_answer_and_body_has_the_form_that_the_document_says() -> None:
    """A client that is made from the document asks for, and sends, the first form that it can read."""
    answers = [
        (name, form, content)
        for name, each in operations()
        for answer in each["responses"].values()
        for form, content in answer.get("content", {}).items()
    ]
    assert [(name, form) for name, form, content in answers if not content.get("schema")] == []
    bodies = [set(each["requestBody"]["content"]) for _, each in operations() if "requestBody" in each]
    readable = {"application/json", "application/octet-stream", "application/x-www-form-urlencoded"}
    assert [forms for forms in bodies if not forms & readable] == []


def test_every_tag_says_what_it_holds_and_is_used() -> None:
    assert {tag["name"] for tag in document()["tags"]} == TAGS.keys()
    assert [tag["name"] for tag in document()["tags"] if not tag["description"]] == []


def test_every_default_is_within_its_bounds() -> None:
    bounded = [(path, part) for path, part in parts_of(document()) if part.get("default") in ("", [])]
    least = {path: max(part.get("minLength", 0), part.get("minItems", 0)) for path, part in bounded}
    assert [path for path, size in least.items() if size] == []


def test_every_event_has_a_class_of_its_own() -> None:
    found = json.loads((ROOT / "deploy" / "asyncapi.json").read_text())["components"]
    payloads = {name: message["payload"] for name, message in found["messages"].items()}
    assert payloads == {name: {"$ref": f"#/components/schemas/{name}Event"} for name in payloads}
    assert [name for name, schema in found["schemas"].items() if not schema.get("title")] == []
    titles = [(part.get("title"), str(part["enum"])) for _, part in parts_of(found) if "enum" in part]
    assert [title for title, _ in titles if not title] == []
    assert len({title for title, _ in titles}) == len(set(titles))


def test_every_operation_says_whether_it_takes_a_key() -> None:
    """A client that is made from the document sends its key where a key decides what is seen."""
    optional: list[dict[str, list[str]]] = [{}, {"key": []}]
    keyed = {name for name, each in operations() if each["security"] not in (optional, [])}
    assert {name for name, each in operations() if each["security"] == []} == {
        "GET /v1/hooks/{source_id}",
        "GET /v1/hooks/{source_id}/{secret}",
        "POST /v1/hooks/{source_id}",
        "POST /v1/hooks/{source_id}/{secret}",
    }
    scopes = [each["security"] for name, each in operations() if name in keyed]
    assert [each for each in scopes if [*each[0]] != ["key"]] == []


@pytest.mark.parametrize("service", [name for name in SERVICES if name != "gateway"])
async def test_only_an_address_for_others_systems_takes_any_query(service: str, tmp_path: Path) -> None:
    """The query is judged before anything else, so the apps need no database to be asked."""
    make_keys(tmp_path / "secrets")
    nowhere = Addresses("postgresql://127.0.0.1:1", "nats://127.0.0.1:1", dict.fromkeys(SERVICES, 1))
    app = app_of(service, fields_of(service, environment(tmp_path / "secrets", nowhere)))
    kept = KeptAnswers(ServiceSettings(database_url="", nats_url="", seal_key=""))
    state = state_from(kept, Authentication(lambda _: Caller()))

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        await app({**scope, "state": state}, receive, send)

    asked, refused = set(), set()
    transport = ASGITransport(served, raise_app_exceptions=False)
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
    open_to_any = ("/v1/hooks/{source_id}", "/{source_id}/{secret}", "/v1/replies/unsubscribe/{token}")
    assert asked - refused == {name for name in asked if name.endswith(open_to_any)}


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
    plain = (re.sub(r"(/{\w+})+$", "", route.path) for route in manifests()[service].routes)
    last = {re.split(r"[/.]", path)[-1] for path in plain}
    assert [word for word in sorted(last) if not re.search(rf"[/`.]{re.escape(word)}\b", text)] == []
