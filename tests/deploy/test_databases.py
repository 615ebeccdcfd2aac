"""Set-up of roles, databases and grants: again and again the same, and least rights."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest

from deploy.databases import database_address, set_up, sql_literal, superuser_url_within
from deploy.keys import SERVICES
from tests.fixtures.servers import Servers


@pytest.fixture(scope="module")
async def prefix(servers: Servers) -> AsyncIterator[str]:
    """Give the prefix of databases that were set up by several at once, and drop them afterwards."""
    name = f"setup_{uuid4().hex[:8]}_"
    url, secrets = servers.superuser_url, servers.secrets
    await asyncio.gather(*(set_up(url, secrets, prefix=name) for _ in range(3)))
    yield name
    connection = await asyncpg.connect(servers.superuser_url)
    for service in SERVICES:
        await connection.execute(f'DROP DATABASE "{name}{service}"')
    await connection.close()


async def run(servers: Servers, database: str, role: str, statement: str) -> object:
    """Run one statement under a role and return the first value."""
    connection = await asyncpg.connect(servers.postgres_url(database, role))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_the_owner_makes_tables_and_the_service_works_in_them(
    servers: Servers, prefix: str, service: str
) -> None:
    database, owner = f"{prefix}{service}", f"{service}_owner"
    await run(
        servers, database, owner, "CREATE TABLE IF NOT EXISTS thing (id int GENERATED ALWAYS AS IDENTITY)"
    )
    assert await run(servers, database, service, "INSERT INTO thing DEFAULT VALUES RETURNING id")
    assert await run(servers, database, service, "SELECT count(*) FROM thing") == 1
    await run(servers, database, service, "DELETE FROM thing")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "statement", ["CREATE TABLE other (id int)", "CREATE SCHEMA other", "DROP SCHEMA public CASCADE"]
)
async def test_a_service_changes_no_tables(
    servers: Servers, prefix: str, service: str, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(servers, f"{prefix}{service}", service, statement)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_does_not_get_into_the_database_of_another(
    servers: Servers, prefix: str, service: str
) -> None:
    for other in set(SERVICES) - {service}:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(servers, f"{prefix}{other}", service, "SELECT 1")


async def test_the_service_adds_contributors_and_only_the_teller_reads_them(
    servers: Servers, prefix: str
) -> None:
    database = f"{prefix}feedback"
    await run(servers, database, "feedback_owner", "CREATE TABLE contributors.person (id int, address text)")
    await run(servers, database, "feedback", "INSERT INTO contributors.person VALUES (1, 'a')")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(servers, database, "feedback", "SELECT address FROM contributors.person")
    assert await run(servers, database, "feedback_teller", "SELECT address FROM contributors.person") == "a"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await run(servers, database, "feedback_teller", "INSERT INTO contributors.person VALUES (2, 'b')")


async def test_the_databases_sort_and_store_the_same_everywhere(servers: Servers, prefix: str) -> None:
    sql = (
        "SELECT datlocprovider::text || datlocale || pg_encoding_to_char(encoding) || datctype"
        " FROM pg_database WHERE datname = $1"
    )
    connection = await asyncpg.connect(superuser_url_within(servers.superuser_url, f"{prefix}registry"))
    try:
        assert await connection.fetchval(sql, f"{prefix}registry") == "bC.UTF-8UTF8C.UTF-8"
    finally:
        await connection.close()


def test_an_address_bears_any_password() -> None:
    made = database_address(
        "postgresql://postgres:x@db:5433/postgres", database="loop", user="loop", password="a/b:c@d"
    )
    assert made == "postgresql://loop:a%2Fb%3Ac%40d@db:5433/loop"


def test_an_address_keeps_what_it_says_of_the_server_and_not_of_its_user() -> None:
    tls = "sslmode=verify-full&sslrootcert=/etc/ca.pem"
    url = f"postgresql://root:x@[::1]/postgres?{tls}&sslcert=/etc/root.crt&sslkey=/etc/root.key&application_name=me"
    made = database_address(url, database="loop", user="loop", password="p")
    assert made == f"postgresql://loop:p@[::1]/loop?{tls}"
    assert superuser_url_within(url, "loop") == url.replace("/postgres?", "/loop?")


@pytest.mark.parametrize("text", ["a'b", "a\\b", "a\0b"])
def test_a_literal_refuses_what_would_end_it(text: str) -> None:
    with pytest.raises(ValueError, match="password"):
        sql_literal(text)
