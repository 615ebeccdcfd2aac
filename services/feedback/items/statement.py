"""The one statement that stores a piece of feedback together with its reply code and its events.

SQLAlchemy writes the text once for each shape of rows; the driver runs it as it is. A unit of work would cost
a statement for each table, and a transaction around them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import asyncpg
from sqlalchemy import Dialect, bindparam
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase

from shared.db import NONE, STATEMENT_SECONDS, table_of
from shared.settings import ServiceSettings

DIALECT: Dialect = PGDialect_asyncpg()  # type: ignore[no-untyped-call] # SQLAlchemy has no types for it
Shape = tuple[type[DeclarativeBase], tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows for one table, all with the same columns."""

    model: type[DeclarativeBase]
    rows: Sequence[Mapping[str, object]]

    @property
    def shape(self) -> Shape:
        """The part of it that the text of the statement depends on."""
        return self.model, tuple(self.rows[0]), len(self.rows)


async def leave_as_is(_: object) -> None:
    """Spare the round trip that resets a connection: the statements here change none of its settings."""


def open_pool(
    settings: ServiceSettings, server_settings: Mapping[str, str] = NONE
) -> "asyncpg.Pool[asyncpg.Record]":
    """Connections of the driver, for statements that are their own transactions."""
    return asyncpg.create_pool(
        settings.database_url,
        min_size=0,
        max_size=settings.pool_size,
        reset=leave_as_is,
        timeout=10,
        command_timeout=STATEMENT_SECONDS,
        server_settings=dict(server_settings),
    )


@cache
def statement_of_shapes(shapes: tuple[Shape, ...]) -> tuple[str, tuple[int, ...]]:
    """One statement that inserts into all these tables, and the order in which it takes their values."""
    *earlier, last = [insert_of_shape(part, *shape) for part, shape in enumerate(shapes)]
    ctes = (insert.cte(f"part_{part}") for part, insert in enumerate(earlier))
    compiled = last.add_cte(*ctes).compile(dialect=DIALECT)
    names = [
        parameter_name(part, row, column)
        for part, (_, columns, count) in enumerate(shapes)
        for row in range(count)
        for column in columns
    ]
    return str(compiled), tuple(names.index(name) for name in compiled.positiontup or ())


def insert_of_shape(part: int, model: type[DeclarativeBase], columns: tuple[str, ...], count: int) -> Insert:
    """The insert of rows into one table, with a parameter for each value."""
    table = table_of(model)
    rows = [
        {name: bindparam(parameter_name(part, row, name), type_=table.columns[name].type) for name in columns}
        for row in range(count)
    ]
    return insert(table).values(rows)


def parameter_name(part: int, row: int, column: str) -> str:
    """The name of the parameter for one value."""
    return f"part_{part}_{row}_{column}"


def compose_statement(parts: Iterable[Rows]) -> tuple[str, list[object]]:
    """The statement for these rows, and its arguments."""
    parts = list(parts)
    values = [value for part in parts for row in part.rows for value in row.values()]
    text, order = statement_of_shapes(tuple(part.shape for part in parts))
    return text, [values[place] for place in order]


async def store_rows_in_session(session: AsyncSession, parts: Iterable[Rows]) -> None:
    """Store the rows in the session's transaction."""
    text, arguments = compose_statement(parts)
    connection = await session.connection()
    await connection.exec_driver_sql(text, tuple(arguments))
