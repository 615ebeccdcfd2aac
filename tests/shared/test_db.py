"""The database: dead connections are replaced, and workers are woken after a commit and never before."""

import asyncio
import contextlib
from typing import cast

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from sqlalchemy.pool import QueuePool

from services.registry.settings import Settings
from shared import db
from shared.db import driver_of, locked, make_engine, own_transaction, transaction, wake_after_commit
from shared.errors import NotFound
from shared.ids import new_id
from tests.fixtures.databases import ServiceSettings
from tests.fixtures.servers import Servers
from tests.shared.thing import Thing

Sessions = async_sessionmaker[AsyncSession]
ENDED = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'to be ended'"


async def test_connections_that_the_database_ended_are_replaced(
    service_settings: ServiceSettings, servers: Servers
) -> None:
    engine = make_engine(Settings(**service_settings("registry", pool_size=2)))
    try:
        async with engine.connect() as one, engine.connect() as two:
            drivers = [(await each.get_raw_connection()).driver_connection for each in (one, two)]
            for each in (one, two):
                await each.execute(text("SET application_name = 'to be ended'"))
            before = await one.scalar(text("SELECT pg_backend_pid()"))
            await one.commit()
            await two.commit()
        superuser = await asyncpg.connect(servers.superuser_url)
        try:
            assert await superuser.fetchval(ENDED) == 2
            async with asyncio.timeout(10):
                while not all(each and each.is_closed() for each in drivers):
                    await superuser.fetchval("SELECT 1")
        finally:
            await superuser.close()
        async with engine.connect() as again, engine.connect() as another:
            found = {await each.scalar(text("SELECT pg_backend_pid()")) for each in (again, another)}
        assert before not in found
        assert len(found) == 2
    finally:
        await engine.dispose()


async def test_an_address_says_whether_the_way_is_encrypted(service_settings: ServiceSettings) -> None:
    plain = Settings(**service_settings("registry")).database_url
    for mode, answers in (("disable", True), ("require", False)):
        engine = make_engine(Settings(**service_settings("registry", database_url=f"{plain}?sslmode={mode}")))
        try:
            # The tests' server knows no TLS.
            with contextlib.nullcontext() if answers else pytest.raises(ConnectionError, match="SSL"):
                async with engine.connect() as connection:
                    assert await connection.scalar(text("SELECT true"))
        finally:
            await engine.dispose()


async def test_only_a_command_may_wait_as_long_as_a_statement_takes(
    service_settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "STATEMENT_SECONDS", 0.05)
    settings, slow = Settings(**service_settings("registry")), text("SELECT true FROM pg_sleep(0.2)")
    engine = make_engine(settings)
    try:
        async with engine.connect() as connection:
            with pytest.raises(TimeoutError):
                await connection.execute(slow)
    finally:
        await engine.dispose()
    async with own_transaction(settings) as session:
        assert await session.scalar(slow)


async def test_workers_are_woken_after_the_commit_if_there_is_something(
    sessions: Sessions,
) -> None:
    woken = []
    async with transaction(sessions, lambda: woken.append("quietly")):
        pass
    async with transaction(sessions, lambda: woken.append("now")) as session:
        wake_after_commit(session)
        assert woken == []
    assert woken == ["now"]


async def test_what_is_rolled_back_wakes_nobody(sessions: Sessions) -> None:
    woken = []
    with contextlib.suppress(RuntimeError):
        async with transaction(sessions, lambda: woken.append("now")) as session:
            wake_after_commit(session)
            raise RuntimeError
    assert woken == []


async def test_the_drivers_connection_is_within_the_sessions_transaction(sessions: Sessions) -> None:
    async with sessions() as session:
        driver = await driver_of(session)
        assert driver.is_in_transaction()
        await driver.execute("INSERT INTO thing VALUES ($1, 1, 'x')", thing_id := new_id())
        assert (await session.get_one(Thing, thing_id)).name == "x"
        await session.rollback()
        assert await session.get(Thing, thing_id) is None


async def test_what_is_locked_waits_for_nobody_that_refers_to_it(sessions: Sessions) -> None:
    thing_id = new_id()
    async with sessions.begin() as session:
        session.add(Thing(id=thing_id, version=1, name="x"))
    async with sessions.begin() as session, sessions.begin() as other:
        await locked(session, Thing, thing_id)
        referring = text("SELECT 1 FROM thing WHERE id = :id FOR KEY SHARE NOWAIT")
        assert await other.scalar(referring, {"id": thing_id}) == 1


async def test_what_is_not_there_cannot_be_locked(sessions: Sessions) -> None:
    async with sessions() as session:
        with pytest.raises(NotFound):
            await locked(session, Thing, new_id())


async def test_connections_of_a_burst_are_let_go_once_nobody_uses_them(
    service_settings: ServiceSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(Settings(**service_settings("registry", pool_size=4)))

    async def use(number: int) -> None:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(number):
                await stack.enter_async_context(engine.connect())

    def idle() -> int:
        return cast(QueuePool, engine.sync_engine.pool).checkedin()

    await use(4)
    assert idle() == 4
    monkeypatch.setattr(db, "LOOK_SECONDS", 0)
    await use(1)  # The burst is within this look.
    assert idle() == 4
    async with asyncio.timeout(10):
        while idle() != 1:
            await use(1)
    await engine.dispose()
