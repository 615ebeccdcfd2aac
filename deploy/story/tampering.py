"""Tampering: changes a text of a loop's history in the database, past the service, and puts it back."""

import asyncio
from collections.abc import Callable

import asyncpg

CHANGE = """
    UPDATE history_text SET text = $2 || text WHERE (loop_id, position, field) = (
        SELECT loop_id, position, field FROM history_text
        WHERE loop_id = $1::uuid AND text IS NOT NULL ORDER BY position, field LIMIT 1
    )
"""
PUT_BACK = """
    UPDATE history_text SET text = substr(text, length($2) + 1)
    WHERE loop_id = $1::uuid AND starts_with(text, $2)
"""
MARK = "CHANGED "


def make_text_changer(database_url: str) -> Callable[[str], Callable[[], None]]:
    """What changes the first text of a loop's history, and returns what puts it back."""

    def change(loop_id: str) -> Callable[[], None]:
        asyncio.run(run_statement(database_url, CHANGE, loop_id))
        return lambda: asyncio.run(run_statement(database_url, PUT_BACK, loop_id))

    return change


async def run_statement(database_url: str, statement: str, loop_id: str) -> None:
    """Run one of the statements."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(statement, loop_id, MARK)
    finally:
        await connection.close()
