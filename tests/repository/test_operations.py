"""Every operation of the API says what it does, and answers what is wrong in one shape."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from services.gateway.table import ROUTES
from tests.repository.tree import ROOT

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


def test_the_gateways_table_and_the_services_answer_the_same_paths() -> None:
    assert paths().keys() == {each.route.path for each in ROUTES}


PAGES = (
    "README.md",
    "docs/api.md",
    "docs/operations.md",
    "docs/registry.md",
    "docs/registry-writing.md",
    "docs/webhooks.md",
)


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_the_pages_name_is_there(page: str) -> None:
    named = {path.rstrip(".") for path in re.findall(r"(/v1/[a-z][\w/{}:$.…-]*)", (ROOT / page).read_text())}
    known = [re.compile(re.sub(r"{\w+}", "[^/]+", path)) for path in paths()]
    assert [path for path in sorted(named) if not any(each.fullmatch(path) for each in known)] == []
