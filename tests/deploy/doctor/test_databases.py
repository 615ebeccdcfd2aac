"""The doctor names what is wrong with a database: each fault is made for real."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest

from deploy.databases import grant_rights, make_database, superuser_url_within
from deploy.doctor.databases import check_database, check_databases
from deploy.doctor.deployment import Deployment
from deploy.keys import SERVICES
from shared.clock import clock, system_time
from shared.migrations import migrate
from shared.outbox import LOCK_SPACE, PARTITIONS
from tests.fixtures.servers import Servers

# An event of long ago: the first 48 bits of its id are the milliseconds since 1970.
WAITING = """
    INSERT INTO outbox (id, partition, aggregate_id, sequence, type, body)
    VALUES ('018f0000-0000-7000-8000-000000000001', 0, '018f0000-0000-7000-8000-000000000001', 1, 'a', '{}')
"""
SET_ASIDE = """
    INSERT INTO dead_letter (consumer, event_id, type, body, error)
    VALUES ('trial', '018f0000-0000-7000-8000-000000000001', 'a', '{}', 'ValueError')
"""


def having(deployment: Deployment, **settings: str) -> Deployment:
    """The deployment with other settings."""
    return replace(deployment, settings={**deployment.settings, **settings})


async def names(deployment: Deployment, service: str = "loop") -> set[str]:
    """The names of the faults with one database, but that no worker runs on it."""
    return {each.name for each in await check_database(deployment, service)} - {"worker_missing"}


Run = Callable[[str, str], Awaitable[str]]


@pytest.fixture
def as_superuser(own_databases: dict[str, str], servers: Servers) -> Run:
    """A function that runs a statement on a service's database."""

    async def run(service: str, statement: str) -> str:
        connection = await asyncpg.connect(
            superuser_url_within(servers.superuser_url, own_databases[service])
        )
        try:
            return str(await connection.execute(statement))
        finally:
            await connection.close()

    return run


@pytest.fixture
def empty(servers: Servers) -> Callable[[], Awaitable[str]]:
    """A function that makes a database of the loop without tables; it returns its name."""

    async def make() -> str:
        name = f"doctor_{uuid4().hex[:8]}_empty"
        await make_database(servers.superuser_url, "loop", name)
        await grant_rights(superuser_url_within(servers.superuser_url, name), "loop")
        return name

    return make


@pytest.mark.parametrize("service", SERVICES)
async def test_a_sound_database_has_no_fault(deployment: Deployment, service: str) -> None:
    assert await names(deployment, service) == set()


async def test_a_cluster_that_takes_signs_for_letters_is_named(
    deployment: Deployment, servers: Servers, own_databases: dict[str, str]
) -> None:
    name = f"doctor_{uuid4().hex[:8]}_letters"
    connection = await asyncpg.connect(servers.superuser_url)
    try:
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 LC_CTYPE 'C'")
    finally:
        await connection.close()
    await grant_rights(superuser_url_within(servers.superuser_url, name), "loop")
    url = deployment.settings["LOOP_DATABASE_URL"]
    elsewhere = having(deployment, LOOP_DATABASE_URL=url.replace(own_databases["loop"], name))
    assert "search_misses_words" in await names(elsewhere)


async def test_a_server_that_is_away_is_named_once(deployment: Deployment, closed_port: int) -> None:
    away = {
        name: f"postgresql://any:any@127.0.0.1:{closed_port}/any"
        for name in deployment.settings
        if name.endswith("_DATABASE_URL")
    }
    [fault] = await check_databases(having(deployment, **away))
    assert fault.name == "database_unreachable"
    assert str(closed_port) in fault.sentence


async def test_another_password_is_named_with_its_role(deployment: Deployment, servers: Servers) -> None:
    url = servers.postgres_url("loop", "loop").replace("loop:", "loop:x", 1)
    [fault] = await check_database(having(deployment, LOOP_DATABASE_URL=url), "loop")
    assert fault.name == "password_refused"
    assert "the role loop" in fault.sentence
    assert "doorway setup" in fault.next


async def test_a_database_that_is_not_there_is_named(deployment: Deployment, servers: Servers) -> None:
    url = servers.postgres_url("not_there", "loop")
    assert await names(having(deployment, LOOP_DATABASE_URL=url)) == {"database_missing"}


async def test_a_database_that_may_not_be_entered_is_named(
    deployment: Deployment, servers: Servers, own_databases: dict[str, str]
) -> None:
    url = servers.postgres_url(own_databases["registry"], "loop")
    assert await names(having(deployment, LOOP_DATABASE_URL=url)) == {"database_missing"}


async def test_an_address_that_is_not_set_is_named(deployment: Deployment) -> None:
    assert await names(having(deployment, LOOP_DATABASE_URL="")) == {"setting_missing"}


async def test_a_server_that_takes_no_more_connections_is_named(
    deployment: Deployment, as_superuser: Run
) -> None:
    await as_superuser("loop", "ALTER ROLE loop CONNECTION LIMIT 0")
    try:
        assert await names(deployment) == {"connections_exhausted"}
    finally:
        await as_superuser("loop", "ALTER ROLE loop CONNECTION LIMIT -1")


async def test_missing_tables_and_old_and_new_ones_are_told_apart(
    deployment: Deployment, servers: Servers, empty: Callable[[], Awaitable[str]]
) -> None:
    name = await empty()
    there = having(deployment, LOOP_DATABASE_URL=servers.postgres_url(name, "loop"))
    [fault] = await check_database(there, "loop")
    assert (fault.name, fault.next) == ("not_migrated", "doorway migrate loop")
    assert "no tables yet" in fault.sentence
    await asyncio.to_thread(migrate, "loop", servers.postgres_url(name, "loop_owner"), "0001")
    [fault] = await check_database(there, "loop")
    assert "is at 0001" in fault.sentence
    owner = await asyncpg.connect(servers.postgres_url(name, "loop_owner"))
    await owner.execute("UPDATE alembic_version SET version_num = '9999'")
    await owner.close()
    assert await names(there) == {"migrated_further"}


@pytest.mark.parametrize(
    ("role", "able"),
    [("loop_owner", {"owns its database", "may make tables"}), ("postgres", {"is a superuser"})],
)
async def test_a_role_that_may_too_much_is_named(
    deployment: Deployment, servers: Servers, own_databases: dict[str, str], role: str, able: set[str]
) -> None:
    url = servers.postgres_url(own_databases["loop"], role)
    found = await check_database(having(deployment, LOOP_DATABASE_URL=url), "loop")
    strong = [fault for fault in found if fault.name == "role_too_strong"]
    assert all(any(what in fault.sentence for fault in strong) for what in able)
    assert all(f"The role {role}" in fault.sentence for fault in strong)


@pytest.mark.parametrize(
    ("give", "take"),
    [
        (
            "GRANT SELECT ON contributors.contributor TO feedback",
            "REVOKE SELECT ON contributors.contributor FROM feedback",
        ),
        ("ALTER ROLE feedback CREATEDB", "ALTER ROLE feedback NOCREATEDB"),
        ("ALTER ROLE feedback BYPASSRLS", "ALTER ROLE feedback NOBYPASSRLS"),
    ],
)
async def test_a_right_too_many_is_named(
    deployment: Deployment, as_superuser: Run, give: str, take: str
) -> None:
    await as_superuser("feedback", give)
    try:
        assert await names(deployment, "feedback") == {"role_too_strong"}
    finally:
        await as_superuser("feedback", take)


@pytest.mark.parametrize("seconds", [-30, 30])
async def test_clocks_that_are_apart_are_named(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    monkeypatch.setattr(clock, "source", lambda: system_time() + timedelta(seconds=seconds))
    assert await names(deployment) == {"clocks_apart"}


async def test_an_event_that_waits_and_one_that_was_set_aside_are_named(
    deployment: Deployment, as_superuser: Run
) -> None:
    await as_superuser("loop", WAITING)
    await as_superuser("loop", SET_ASIDE)
    assert await names(deployment) == {"relay_stale", "dead_letters"}
    await as_superuser("loop", "DELETE FROM outbox")
    await as_superuser("loop", "DELETE FROM dead_letter")
    assert await names(deployment) == set()


async def test_a_service_without_a_worker_is_named_until_one_relays(deployment: Deployment) -> None:
    assert {each.name for each in await check_database(deployment, "loop")} == {"worker_missing"}
    async with AsyncExitStack() as opened:
        worker = await asyncpg.connect(deployment.settings["LOOP_DATABASE_URL"])
        opened.push_async_callback(worker.close)
        for partition in range(PARTITIONS):
            await worker.execute("SELECT pg_advisory_lock($1, $2)", LOCK_SPACE, partition)
        assert await check_database(deployment, "loop") == []
