"""What ends the answers that the registry keeps: a change at once, and no request that only reads."""

from collections.abc import Awaitable, Callable

import pytest

from services.registry.main import create_app
from services.registry.settings import Settings
from shared.kept import KeptAnswers
from tests.fixtures.clients import AppClient, ServiceClient
from tests.registry.writes import registered, steward


@pytest.fixture
async def keeping(
    app_client: AppClient, imported: Settings, until: Callable[..., Awaitable[None]]
) -> ServiceClient:
    """The registry, keeping a page of organisations."""
    registry = await app_client(create_app, imported.model_copy(update={"kept_bytes_max": 1_000_000}))
    kept = registry.part(KeptAnswers)

    async def is_kept() -> bool:
        await registry.get("/v1/organisations?limit=1")
        return bool(kept.kept)

    await until(is_kept)
    return registry


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/lookup", {"postcode": "NE1 4LP"}),
        ("/v1/lookup/batch", {"places": ["NE1 4LP"]}),
        ("/v1/route", {"matter": "complaint", "place": {"postcode": "NE1 4LP"}}),
    ],
)
async def test_what_only_reads_ends_nothing(
    keeping: ServiceClient, path: str, body: dict[str, object]
) -> None:
    answer = await keeping.post(path, json=body)
    assert answer.status_code == 200, answer.text
    assert keeping.part(KeptAnswers).kept


async def test_who_makes_a_change_sees_it_at_once(keeping: ServiceClient) -> None:
    await registered(steward(keeping))
    assert not keeping.part(KeptAnswers).kept
