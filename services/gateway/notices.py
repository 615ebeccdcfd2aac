"""Notices from the database (LISTEN), and what is raised while the database is away."""

import contextlib
from collections.abc import AsyncIterator, Callable

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

DATABASE_AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError)


@contextlib.asynccontextmanager
async def listening(
    database_url: str, channel: str, notice: Callable[[], None]
) -> AsyncIterator[asyncpg.Connection]:
    """Call `notice` at each NOTIFY on a channel while the block runs; yields the connection."""
    connection = await asyncpg.connect(database_url, timeout=10)
    try:
        await connection.add_listener(channel, lambda *_: notice())
        yield connection
    finally:
        connection.terminate()
