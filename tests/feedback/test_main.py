"""The table of contents: every path has its scopes, and nothing is opened before the app runs."""

from typing import Any

import pytest

from services.feedback.main import create_app
from services.feedback.settings import Settings
from tests.feedback.examples import code
from tests.fixtures.clients import ServiceClient

PUBLIC = {
    ("get", "/v1/counts"),
    ("get", "/v1/who-we-heard"),
    ("get", "/v1/feedback"),
    ("get", "/v1/feedback/{feedback_id}"),
    ("get", "/v1/feedback/{feedback_id}/revisions"),
    ("get", "/v1/themes"),
    ("get", "/v1/asked-before"),
    ("get", "/v1/search"),
    ("get", "/v1/published-counts"),
    ("get", "/v1/source-presets"),
    ("get", "/v1/source-presets/{name}"),
    ("post", "/v1/replies/lookup"),
    ("post", "/v1/replies/unsubscribe"),
    ("get", "/v1/replies/unsubscribe/{token}"),
    ("post", "/v1/replies/unsubscribe/{token}"),
    ("post", "/v1/replies/withdraw"),
}


def operations(settings: Settings) -> dict[tuple[str, str], dict[str, Any]]:
    """Every operation of the service that is not a hook by method and path."""
    paths = create_app(settings).openapi()["paths"]
    return {
        (method, path): operation
        for path, item in paths.items()
        for method, operation in item.items()
        if "/hooks/" not in path
    }


def test_whatever_is_not_public_names_its_scope(settings: Settings) -> None:
    found = operations(settings)
    assert {key for key, operation in found.items() if not operation.get("security")} == PUBLIC
    assert found["post", "/v1/feedback"]["security"] == [{"key": ["feedback:write"]}]


def test_every_operation_says_what_it_does(settings: Settings) -> None:
    for operation in operations(settings).values():
        assert operation["summary"]
        assert operation["description"].endswith((".", "!"))


async def test_an_unsigned_request_is_refused(service: ServiceClient) -> None:
    answer = await service.get("/v1/themes", headers={"Authorization": f"Bearer {code()}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthorised")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_another_method_is_refused(service: ServiceClient, method: str) -> None:
    answer = await service.request(method, "/v1/feedback")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
