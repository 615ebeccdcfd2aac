"""How the database would run a statement."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection

# No lookup may read one of these from end to end.
TABLES = (
    "postcode",
    "constituency_exception",
    "area_share",
    "body_code",
    "known_position",
    "body",
    "boundary",
    "small_area",
)


async def plan_of(connection: AsyncConnection, statement: Any, given: Mapping[str, Any]) -> str:
    """Return the plan of a statement."""

    def explain(_c: Any, _u: Any, sent: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return f"EXPLAIN {sent}", parameters

    event.listen(connection.sync_connection, "before_cursor_execute", explain, retval=True)
    lines = (await connection.execute(statement, given)).scalars().all()
    event.remove(connection.sync_connection, "before_cursor_execute", explain)
    return "\n".join(lines)


def read_whole(plan: str) -> list[str]:
    """Return the tables that a plan reads from end to end."""
    return [table for table in TABLES if f"Seq Scan on {table}" in plan]
