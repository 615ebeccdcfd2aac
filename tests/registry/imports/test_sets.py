"""Sets of rows: only what differs is written."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.areas import Postcode, SmallArea
from services.registry.imports.sets import AreaTable, copy_in, count_rows, merge_rows, stage_table
from services.registry.settings import Settings
from tests.fixtures.databases import SessionFor

TABLE = AreaTable("small_area", ("code",), ("name", "residents"))
READ = 'SELECT code COLLATE "C" AS code, name, residents FROM read_here'


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    """Return a session on a registry with three small areas, and three that were read."""
    session = await session_for("registry")
    await session.execute(text("DELETE FROM small_area"))
    for code, residents in (("A", 1), ("B", None), ("C", 3)):
        session.add(SmallArea(code=code, name=code.lower(), residents=residents))
    await session.flush()
    await stage_table(session, "read_here", "code text, name text, residents integer")
    read = [("A", "a", 1), ("B", "b", 2), ("D", "d", 4)]
    assert await copy_in(session, "read_here", ("code", "name", "residents"), read) == 3
    return session


async def test_what_was_read_is_what_the_table_holds(session: AsyncSession) -> None:
    assert await merge_rows(session, TABLE, READ) == {"new": 1, "changed": 2, "unchanged": 1, "rejected": 0}
    held = await session.execute(text("SELECT code, residents FROM small_area ORDER BY code"))
    assert [tuple(row) for row in held] == [("A", 1), ("B", 2), ("D", 4)]


async def test_rows_that_were_not_read_can_be_kept(session: AsyncSession) -> None:
    counts = await merge_rows(session, TABLE, READ, keeps_others=True)
    assert counts == {"new": 1, "changed": 1, "unchanged": 1, "rejected": 0}
    assert await count_rows(session, "small_area") == 4


async def test_an_empty_table_is_filled(session: AsyncSession) -> None:
    await session.execute(text("DELETE FROM small_area"))
    large = replace(TABLE, is_large=True)
    assert await merge_rows(session, large, READ) == {"new": 3, "changed": 0, "unchanged": 0, "rejected": 0}
    assert await count_rows(session, "small_area") == 3
    assert await count_rows(session, "difference") == 0
    assert await merge_rows(session, large, READ) == {"new": 0, "changed": 0, "unchanged": 3, "rejected": 0}


async def test_a_row_that_is_gone_can_be_kept_without_its_flag(session: AsyncSession) -> None:
    table = AreaTable("postcode", ("postcode",), ("area", "is_live"), flag="is_live")
    await session.execute(text("DELETE FROM postcode"))
    for postcode, is_live in (("A1", True), ("B1", True), ("C1", False)):
        session.add(Postcode(postcode=postcode, area="A", is_live=is_live))
    await session.flush()
    read = "SELECT 'A1' COLLATE \"C\" AS postcode, 'A' AS area, true AS is_live"
    assert await merge_rows(session, table, read) == {"new": 0, "changed": 1, "unchanged": 1, "rejected": 0}
    held = await session.execute(text("SELECT postcode FROM postcode WHERE NOT is_live ORDER BY 1"))
    assert held.scalars().all() == ["B1", "C1"]
    assert await merge_rows(session, table, read) == {"new": 0, "changed": 0, "unchanged": 1, "rejected": 0}


async def test_the_same_again_writes_no_row(session: AsyncSession) -> None:
    await merge_rows(session, TABLE, READ)
    versions = text("SELECT string_agg(xmin::text || cmin::text, '' ORDER BY code) FROM small_area")
    before = await session.scalar(versions)
    assert await merge_rows(session, TABLE, READ) == {"new": 0, "changed": 0, "unchanged": 3, "rejected": 0}
    assert await session.scalar(versions) == before
