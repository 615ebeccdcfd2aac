"""Counts the statements that a request costs, in sessions and on connections of the driver."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import pytest
from sqlalchemy import event

from tests.fixtures.clients import ServiceClient


@contextmanager
def counted_statements(service: ServiceClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Yield the statements that the service executes while the block runs."""
    executed: list[str] = []
    execute, fetch = asyncpg.Pool.execute, asyncpg.Pool.fetch

    def note(*arguments: object) -> None:
        executed.append(str(arguments[2]))

    async def execute_and_note(pool: "asyncpg.Pool[asyncpg.Record]", query: str, *values: object) -> str:
        executed.append(query)
        return await execute(pool, query, *values)

    async def fetch_and_note(
        pool: "asyncpg.Pool[asyncpg.Record]", query: str, *values: object
    ) -> list[asyncpg.Record]:
        executed.append(query)
        return await fetch(pool, query, *values)

    engine = service.state.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    monkeypatch.setattr(asyncpg.Pool, "execute", execute_and_note)
    monkeypatch.setattr(asyncpg.Pool, "fetch", fetch_and_note)
    yield executed
    event.remove(engine, "before_cursor_execute", note)
    monkeypatch.setattr(asyncpg.Pool, "execute", execute)
    monkeypatch.setattr(asyncpg.Pool, "fetch", fetch)
