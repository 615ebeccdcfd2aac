"""The registry as the check reads it."""

from collections.abc import Iterator

import httpx2
import pytest

from services.registry.checks.api import RegistryApi
from shared.ids import new_id


def body(name: str, *, demonstration: bool) -> dict[str, object]:
    """A body in a list."""
    return {
        "id": str(new_id()),
        "name": name,
        "kind": "nhs_trust",
        "codes": {"ods": None, "ons": None},
        "valid_from": None,
        "valid_to": None,
        "closed_not_later_than": None,
        "services_ended_on": None,
        "demonstration": demonstration,
        "version": 1,
        "legal_form": None,
        "footprint": None,
        "register": {"source": "test", "file": None, "as_of": None},
    }


PAGES = {
    "": {"items": [body("One", demonstration=False)], "next": "/v1/organisations?cursor=2"},
    "2": {"items": [body("Invented", demonstration=True), body("Two", demonstration=False)], "next": None},
}


@pytest.fixture
def asked() -> list[httpx2.Request]:
    """The requests that were made."""
    return []


@pytest.fixture
def api(asked: list[httpx2.Request]) -> Iterator[RegistryApi]:
    """A registry of two pages that is asked too much at first."""

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        if len(asked) == 1:
            return httpx2.Response(429, headers={"Retry-After": "0"})
        return httpx2.Response(200, json=PAGES[request.url.params.get("cursor", "")])

    with httpx2.Client(base_url="http://registry", transport=httpx2.MockTransport(answer)) as client:
        yield RegistryApi(client)


def test_all_pages_are_read_after_a_wait_and_nobody_invented_is_counted(
    api: RegistryApi, asked: list[httpx2.Request]
) -> None:
    assert [each.name for each in api.organisations("nhs_trust", "2026-11-30")] == ["One", "Two"]
    assert [request.url.params.get("as_of") for request in asked] == ["2026-11-30", "2026-11-30", None]
