"""The one statement that stores a piece of feedback, its reply code and its events together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncSession


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows for one table, all with the same columns."""

    table: str
    rows: Sequence[dict[str, Any]]

    @property
    def shape(self) -> tuple[str, tuple[str, ...], int]:
        """What of this the statement's text depends on."""
        return self.table, tuple(self.rows[0]), len(self.rows)


class Connection(Protocol):
    """A connection, or a pool of them, as asyncpg has it."""

    async def execute(self, query: str, *args: Any) -> str:
        """Run a statement."""


@cache
def statement(shapes: tuple[tuple[str, tuple[str, ...], int], ...]) -> str:
    """Return one statement that inserts into all these tables; the last comes in the order of its rows."""
    inserts, first = [], 1
    for table, columns, count in shapes:
        width = len(columns)
        values = ", ".join(placeholders(first + row * width, width) for row in range(count))
        inserts.append(f"INSERT INTO {table} ({', '.join(columns)}) VALUES {values}")  # noqa: S608 -- names are ours, values are parameters
        first += width * count
    *earlier, last = inserts
    parts = ", ".join(f"part_{number} AS ({text})" for number, text in enumerate(earlier))
    return f"WITH {parts} {last}" if parts else last


def placeholders(first: int, width: int) -> str:
    """Return the parameters of one row."""
    return "(" + ", ".join(f"${number}" for number in range(first, first + width)) + ")"


def compose(parts: Iterable[Rows]) -> tuple[str, list[Any]]:
    """Return the statement for these rows, and its arguments."""
    parts = list(parts)
    arguments = [value for part in parts for row in part.rows for value in row.values()]
    return statement(tuple(part.shape for part in parts)), arguments


async def store(connection: Connection, parts: Iterable[Rows]) -> None:
    """Store the rows in a transaction of their own: the statement is the transaction."""
    text, arguments = compose(parts)
    await connection.execute(text, *arguments)


async def store_with(session: AsyncSession, parts: Iterable[Rows]) -> None:
    """Store the rows in the session's transaction."""
    text, arguments = compose(parts)
    connection = await session.connection()
    await connection.exec_driver_sql(text, tuple(arguments))
