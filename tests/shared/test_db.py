"""The database: a connection that has died is replaced before anybody uses it."""

import asyncio

import asyncpg
from sqlalchemy import text

from services.registry.settings import Settings
from shared.db import make_engine
from tests.fixtures.databases import ServiceSettings
from tests.fixtures.servers import Servers

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
