"""What tests do to a database and take back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from deploy.doctor.sums import Connection


@asynccontextmanager
async def transaction_to_undo(url: str) -> AsyncIterator[Connection]:
    """Connect to a database, in a transaction that is undone."""
    connection = await asyncpg.connect(url)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()
