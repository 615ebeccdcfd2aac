"""Many loops with all that happened to them: a year lived by the service's rules, and copied by SQL."""

from datetime import datetime

from sqlalchemy import ARRAY, Column, Date, DateTime, Text, Uuid, delete, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from services.loop.models import Loop
from services.loop.records import HistoryEntry, HistoryText
from services.loop.sums.folding import fold_changes
from services.loop.sums.models import Base, LoopCounted, LoopSum, LoopToCount
from shared.clock import clock, system_time
from shared.db import engine_to
from tests.loop.measures.year import LOOPS, Year

BODIES = 50
# A copy's ids end in its number, so that they stand in the order of those that they were made after.
COPIED_ID = "overlay({}::text PLACING lpad(to_hex({}), 8, '0') FROM 29)::uuid"
OF_BODY = {"organisation_id", "footprint_id", "inherited_from", "sender_id"}
# Copies are marked and counted like all loops. No figure and no page of a board reads a history.
NOT_COPIED = {each.__tablename__ for each in (LoopToCount, LoopCounted, LoopSum, HistoryEntry, HistoryText)}
BODY_TABLES = {"footprint_copy", "organisation_copy"}
REFS = {"reply_ref", "mailed_ref"}
QUARTER, QUARTERS = "interval '91 days'", 8


async def live_year(url: str) -> None:
    """Let a hundred loops live through a year, in a database that has none."""
    engine = engine_to(url)
    try:
        async with AsyncSession(engine) as session, session.begin():
            await Year(session, stop_clock).live()
    finally:
        clock.source = system_time
        await engine.dispose()


async def multiply_loops(url: str, count: int) -> None:
    """Make so many loops of the hundred of a year, and fold them into the sums."""
    engine = engine_to(url)
    try:
        async with AsyncSession(engine) as session, session.begin():
            await copy_loops(session, count // LOOPS - 1)
            # All are new at once: one mark for each will do, as after an update of Doorway.
            await session.execute(delete(LoopToCount))
            await session.execute(insert(LoopToCount).from_select(["changed_id"], select(Loop.id)))
        while await fold_piece(engine):
            pass
    finally:
        await engine.dispose()


async def fold_piece(engine: AsyncEngine) -> int:
    """Fold a piece of what changed into the sums, as the worker does; return how many changes there were."""
    async with AsyncSession(engine) as session, session.begin():
        return await fold_changes(session)


async def copy_loops(session: AsyncSession, copies: int) -> None:
    """Copy all loops of a year so often, to up to fifty boards and into the two years before.

    Copies have ids, bodies and days of their own, and no histories.
    """
    await session.flush()
    for table in Base.metadata.sorted_tables:
        if table.name in NOT_COPIED:
            continue
        made = min(copies, BODIES - 1) if table.name in BODY_TABLES else copies
        names = ", ".join(f'"{column.name}"' for column in table.columns)
        values = ", ".join(copied_value(table.name, column) for column in table.columns)
        statement = f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} t"  # noqa: S608 # our names
        await session.execute(text(f"{statement}, generate_series(1, {made}) n"))


def stop_clock(moment: datetime) -> None:
    """Let the rules of the service act at a moment."""
    clock.source = lambda: moment


def copied_value(table: str, column: Column[object]) -> str:
    """What stands in a column of the copy with the number `n` of the row `t`."""
    value = f't."{column.name}"'
    is_body = column.name in OF_BODY or column.name.endswith("_organisation_id") or table in BODY_TABLES
    if isinstance(column.type, ARRAY):
        bodies = COPIED_ID.format("body", f"n % {BODIES}")
        return f"ARRAY(SELECT {bodies} FROM unnest({value}) body)"  # noqa: S608 # our names
    if isinstance(column.type, Uuid):
        return COPIED_ID.format(value, f"n % {BODIES}" if is_body else "n")
    if isinstance(column.type, DateTime | Date) and table not in BODY_TABLES:
        kind = "date" if isinstance(column.type, Date) else "timestamptz"
        return f"({value} - n % {QUARTERS} * {QUARTER})::{kind}"
    if column.name in REFS:
        return f"{value} || ' ' || n"
    if isinstance(column.type, Text) and column.name in {"ods", "ons"}:
        return f"{value} || n"
    return value
