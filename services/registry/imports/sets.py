"""Sets of rows: staged in temporary tables, and merged so that only rows that differ are written."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, Row, func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import driver_of

# A row of a statement that is written as text.
TextRow = Row[*tuple[Any, ...]]


async def stage_table(
    session: AsyncSession, table: str, definition: str, parameters: Mapping[str, object] | None = None
) -> None:
    """Make a temporary table anew: `definition` lists its columns, or is the SELECT that fills it."""
    await session.execute(text(f"DROP TABLE IF EXISTS {table}"))
    columns, select = ("", f"AS {definition}") if "SELECT" in definition else (f"({definition})", "")
    await session.execute(text(f"CREATE TEMP TABLE {table} {columns} ON COMMIT DROP {select}"), parameters)


async def stage_rows(
    session: AsyncSession, table: str, columns: str, rows: Iterable[tuple[object, ...]], *, more: str = ""
) -> int:
    """Make a temporary table of rows, and return how many there are; `more` columns fill themselves."""
    await stage_table(session, table, f"{columns}, {more}" if more else columns)
    return await copy_in(session, table, names_in(columns), rows)


def names_in(columns: str) -> list[str]:
    """The names of columns that are defined in SQL."""
    return [column.split()[0] for column in columns.split(",")]


async def copy_in(
    session: AsyncSession, table: str, columns: Sequence[str], rows: Iterable[tuple[object, ...]]
) -> int:
    """Write rows with COPY, and return how many there were."""
    driver = await driver_of(session)
    done = await driver.copy_records_to_table(table, records=rows, columns=columns)
    return int(done.split()[-1])


async def count_rows(session: AsyncSession, table: str) -> int:
    """How many rows a table has."""
    return await session.scalar(select(func.count()).select_from(text(table))) or 0


DIFFER = """
    SELECT {columns}, here.{key} IS NULL AS is_new, read.{key} IS NULL AS is_gone
    FROM ({read}) read FULL JOIN {table} here USING ({keys})
    WHERE here.{key} IS NULL OR read.{key} IS NULL {or_differs}"""
COUNT = """
    SELECT (SELECT count(*) FROM {table}), count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE is_gone),
        count(*) FILTER (WHERE NOT is_new AND NOT is_gone) FROM difference"""
IS_EMPTY = "SELECT NOT EXISTS (SELECT FROM {table})"
FILL = "INSERT INTO {table} ({names}) SELECT {names} FROM ({read}) read ORDER BY {keys}"
RETIRE = """
    UPDATE {table} here SET {flag} = false FROM difference d WHERE d.is_gone AND here.{flag} AND {is_same}"""
REMOVE = "DELETE FROM {table} here USING difference d WHERE d.is_gone AND {is_same}"
CHANGE = (
    "UPDATE {table} here SET {changes} FROM difference d WHERE NOT d.is_new AND NOT d.is_gone AND {is_same}"
)
# Sorted, so that the index grows at its end.
ADD = "INSERT INTO {table} ({names}) SELECT {names} FROM difference WHERE is_new ORDER BY {keys}"


@dataclass(frozen=True, slots=True)
class AreaTable:
    """A table whose rows are recognised by their keys."""

    name: str
    keys: Sequence[str]
    values: Sequence[str] = ()
    # The column that says whether a row still holds: one that is gone is kept without it.
    flag: str = ""
    # Whether it is so large that it is filled at once when it is empty, without a look at what differs.
    is_large: bool = False

    @property
    def words(self) -> dict[str, str]:
        """What the statements name."""
        pairs = [[f"{row}.{name}" for name in self.values] for row in ("read", "here")]
        read, here = (", ".join(each) for each in pairs)
        return {
            "table": self.name,
            "flag": self.flag,
            "key": self.keys[0],
            "keys": ", ".join(self.keys),
            "names": ", ".join((*self.keys, *self.values)),
            "columns": ", ".join((*self.keys, *pairs[0])),
            "or_differs": f"OR ({read}) IS DISTINCT FROM ({here})" if self.values else "",
            "changes": ", ".join(f"{name} = d.{name}" for name in self.values),
            "is_same": " AND ".join(f"here.{name} = d.{name}" for name in self.keys),
        }


async def merge_rows(
    session: AsyncSession, table: AreaTable, read: str, *, keeps_others: bool = False
) -> Counter[str]:
    """Make a table hold the rows of a SELECT, and count them; other rows are removed, or kept.

    The rows that differ stay in the table `difference`; none, when a large table was empty.
    """
    words = table.words | {"read": read}
    if table.is_large and await session.scalar(text(IS_EMPTY.format(**words))):
        await stage_table(session, "difference", "is_gone boolean")
        return Counter(
            new=await run_counted(session, FILL.format(**words)), changed=0, unchanged=0, rejected=0
        )
    await stage_table(session, "difference", DIFFER.format(**words))
    before, new, gone, changed = (await session.execute(text(COUNT.format(**words)))).one()
    removed = 0
    if gone and not keeps_others:
        removed = await run_counted(session, (RETIRE if table.flag else REMOVE).format(**words))
    for statement, count in ((CHANGE, changed), (ADD, new)):
        if count:
            await session.execute(text(statement.format(**words)))
    return Counter(new=new, changed=changed + removed, unchanged=before - gone - changed, rejected=0)


async def run_counted(session: AsyncSession, statement: str) -> int:
    """Run a statement that writes, and return how many rows it wrote."""
    result = await session.execute(text(statement))
    return cast("CursorResult[Any]", result).rowcount
