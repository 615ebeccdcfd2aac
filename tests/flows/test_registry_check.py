"""`doorway registry check` on all that the registry ships, through the gateway."""

from collections.abc import Iterator

import httpx2
import pytest

from services.registry.checks.api import RegistryApi
from services.registry.checks.domain import Checked, Control, check_counts, check_registry
from tests.fixtures.stack import Stack


@pytest.fixture(scope="module")
def api(england: Stack) -> Iterator[RegistryApi]:
    """The registry as anybody reads it."""
    with httpx2.Client(base_url=england.gateway_url, timeout=60) as client:
        yield RegistryApi(client)


def test_what_the_registry_answers_agrees_with_the_control_table_and_with_itself(api: RegistryApi) -> None:
    checked = list(check_registry(api))
    assert [each.difference for each in checked if each.difference] == []
    assert len(checked) > 50


def test_a_difference_is_named(api: RegistryApi) -> None:
    control = Control(kind="ccg", day="2016-04-01", count=218)
    assert list(check_counts(api, [control])) == [
        Checked(
            "ccg open on 2016-04-01",
            "218",
            "209",
            "ccg open on 2016-04-01: 218 is right, the registry says 209",
        )
    ]
