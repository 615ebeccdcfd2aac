"""What the lists ask of the database: the same few questions however much there is."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.gateway.gateways import Gateways
from tests.gateway.webhooks.hooks import Hooks
from tests.gateway.webhooks.managers import DELIVERIES, ENDPOINTS, managing


@contextmanager
def statements_about(engine: AsyncEngine, about: str) -> Iterator[list[str]]:
    """Collect the statements about a table."""
    statements: list[str] = []

    def note(*given: object) -> None:
        statements.extend(each for each in given if isinstance(each, str) and about in each)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine.sync_engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("path", "count"),
    [
        (ENDPOINTS, 1),
        (f"{DELIVERIES}?state=pending", 1),
        (f"{DELIVERIES}/{{id}}/attempts", 2),
        (f"{ENDPOINTS}/{{endpoint}}/events", 4),
    ],
)
async def test_a_list_costs_so_many_questions(
    gateways: Gateways, hooks: Hooks, path: str, count: int
) -> None:
    [manager] = await managing(gateways)
    made = await manager.make()
    deliveries = await hooks.told(await hooks.named(made["id"]), 5)
    path = path.format(id=deliveries[0].id, endpoint=made["id"])
    await manager.call("GET", path)
    with statements_about(manager.engine, "webhook_") as statements:
        assert (await manager.call("GET", path)).status_code == 200
    assert len(statements) == count, statements
