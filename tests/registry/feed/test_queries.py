"""Changes are read in the order of their commits, by indexes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, async_sessionmaker

from services.registry.bodies import domain as bodies
from services.registry.feed.queries import Wanted, between, latest
from services.registry.ledger.acts import Act
from services.registry.ledger.publishing import newest_position
from services.registry.ledger.views import View
from services.registry.models import Body
from services.registry.settings import Settings
from shared.db import engine_to, make_engine, make_sessions
from shared.ids import new_id
from tests.fixtures.clients import ServiceClient

ACT = Act("A reason.", "a source")
SOME = new_id()
ON = View(date(2026, 4, 1))


@pytest.fixture
async def sessions(imported: Settings) -> AsyncIterator[async_sessionmaker[AsyncSession]]:
    """Give sessions that commit, as those of requests do."""
    engine = make_engine(imported)
    yield make_sessions(engine)
    await engine.dispose()


async def two_trusts(session: AsyncSession) -> list[Body]:
    found = []
    for code in ("RX6", "RTD"):
        body = await session.get(
            Body, (await bodies.find_body(session, f"ods:{code}", ON, "organisation")).id
        )
        assert body is not None
        found.append(body)
    return found


async def test_a_slow_transaction_holds_back_the_later_one_and_nothing_is_skipped(
    registry: ServiceClient, sessions: async_sessionmaker[AsyncSession]
) -> None:
    async with sessions() as reading:
        ids = [body.id for body in await two_trusts(reading)]
        before = await newest_position(reading)
    started, release = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with sessions.begin() as session:
            await bodies.publish_bodies(session, [ids[0]], ACT)
            started.set()
            await release.wait()

    async def fast() -> None:
        async with sessions.begin() as session:
            await bodies.publish_bodies(session, [ids[1]], ACT)

    async def poll(since: int) -> tuple[list[str], int]:
        found = (await registry.get("/v1/changes", params={"since": since})).json()
        return [each["record"]["id"] for each in found["items"]], int(found["since"])

    first = asyncio.create_task(slow())
    await started.wait()
    second = asyncio.create_task(fast())
    await waiting_for_a_lock(sessions)
    # The later one is done but for its place, and neither is seen.
    assert await poll(before) == ([], before)
    assert not second.done()
    release.set()
    await asyncio.gather(first, second)
    assert await poll(before) == ([str(each) for each in ids], before + 2)


async def waiting_for_a_lock(sessions: async_sessionmaker[AsyncSession]) -> None:
    """Return when somebody waits for the row that counts changes."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%revision%'"
    async with asyncio.timeout(10):
        while True:
            async with sessions() as session:
                if await session.scalar(text(f"{waits} AND datname = current_database()")):
                    return


async def test_a_change_that_was_taken_back_leaves_no_gap(sessions: async_sessionmaker[AsyncSession]) -> None:
    async with sessions() as session:
        (trust, _) = await two_trusts(session)
        before = await newest_position(session)
        await bodies.publish_bodies(session, [trust.id], ACT)
        await session.rollback()
        assert await newest_position(session) == before


@pytest.fixture
async def planner(imported: Settings, owner_url: Callable[[str], str]) -> AsyncIterator[AsyncConnection]:
    """Give a connection that knows how large the tables are, and takes an index where there is one."""
    engine = engine_to(owner_url("registry"))
    async with engine.connect() as connection:
        await connection.execute(text("ANALYZE change, body"))
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        yield connection
    await engine.dispose()


async def plan_of(planner: AsyncConnection, sql: str) -> str:
    """Return how a statement would be run."""
    return "\n".join((await planner.exec_driver_sql(f"EXPLAIN {sql}")).scalars())


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Wanted(), "change_pkey"),
        (Wanted(record=SOME), "ix_change_record_id_position"),
        (Wanted(footprint=SOME), "ix_change_footprints"),
        (Wanted(types=("registry.contact_changed.v1",)), "ix_change_type_position"),
    ],
    ids=["all", "record", "footprint", "type"],
)
async def test_reading_uses_an_index(planner: AsyncConnection, wanted: Wanted, index: str) -> None:
    for statement in (between(5, 10**9, wanted, 51), latest(wanted, 50)):
        sql = str(statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))
        plan = await plan_of(planner, sql.replace("'])", "']::uuid[])"))
        assert index in plan
        assert "Seq Scan on change" not in plan


async def test_a_time_is_found_by_an_index(planner: AsyncConnection) -> None:
    plan = await plan_of(planner, "SELECT position FROM change WHERE at >= now() ORDER BY at LIMIT 100")
    assert "ix_change_at" in plan
