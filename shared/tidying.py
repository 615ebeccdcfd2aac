"""Deleting, a piece at a time, what the plumbing need not keep any longer."""

from collections.abc import Awaitable, Callable

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

# What was published, done or answered longer ago than anybody can still ask for it.
TIDY = {
    "outbox": "published_at < now() - interval '7 days'",
    "inbox": "done_at < now() - interval '40 days'",
    "event_try": "tried_at < now() - interval '40 days'",
    "idempotency": "created_at < now() - interval '24 hours'",
}
# So few at once that nobody waits long for their locks.
TIDY_ROWS = 5000


def tidying(table: str, is_old: str) -> Callable[[AsyncSession], Awaitable[int]]:
    """The step that deletes a piece of what a table need not keep any longer; it returns how much."""
    piece = f"SELECT ctid FROM {table} WHERE {is_old} LIMIT {TIDY_ROWS}"  # noqa: S608  # words from TIDY
    delete = f"DELETE FROM {table} WHERE ctid = ANY (ARRAY ({piece})) RETURNING 1"  # noqa: S608  # as above

    async def step(session: AsyncSession) -> int:
        return len((await session.execute(text(delete))).all())

    return step
