"""The tables as the migration makes them."""

from collections.abc import Callable

import pytest

from services.gateway.webhooks.models import Endpoint
from shared.clock import now
from shared.migrations import check


def test_models_and_migrations_agree(owner_url: Callable[[str], str]) -> None:
    check("gateway", owner_url("gateway"))


@pytest.mark.parametrize(
    ("endpoint", "state"),
    [
        (Endpoint(url="https://example.org/"), "pending"),
        (Endpoint(url=None), "for_pull"),
        (Endpoint(url="https://example.org/", disabled_at=now()), "held"),
        (Endpoint(url=None, disabled_at=now()), "held"),
    ],
)
def test_what_is_unsent_waits_as_the_endpoint_allows(endpoint: Endpoint, state: str) -> None:
    assert endpoint.waiting_state == state
