"""Roles, databases and grants: each service has a database, its owner and a role of least rights."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TypeAlias
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

import asyncpg

from deploy.keys import SERVICES, role_names
from shared.manifest import manifests

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
# What an address says about the server and the way there. A certificate of a user is for that user alone.
OF_THE_SERVER = (
    "sslmode",
    "sslrootcert",
    "sslcrl",
    "sslnegotiation",
    "ssl_min_protocol_version",
    "ssl_max_protocol_version",
    "target_session_attrs",
)


def database_address(url: str, *, database: str, user: str, password: str) -> str:
    """The address of a database on the server of another address, reached in the same way."""
    parts = urlsplit(url)
    place = f"{quote(user)}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"
    kept = [(name, value) for name, value in parse_qsl(parts.query) if name in OF_THE_SERVER]
    return urlunsplit(("postgresql", place, f"/{database}", urlencode(kept, safe="/"), ""))


def read_passwords(folder: Path) -> dict[str, str]:
    """The password of each role, read from the folder of secrets."""
    return {role: (folder / f"{role}_password").read_text().strip() for role in role_names()}


def superuser_url_within(superuser_url: str, database: str) -> str:
    """The superuser's address of another database on the same server."""
    return urlunsplit(urlsplit(superuser_url)._replace(path=f"/{database}"))


async def set_up(superuser_url: str, secrets: Path, prefix: str = "") -> None:
    """Make roles, databases, schemas and grants; the passwords are those of the secrets folder."""
    await make_roles(superuser_url, read_passwords(secrets))
    for service in SERVICES:
        database = f"{prefix}{service}"
        await make_database(superuser_url, service, database)
        await grant_rights(superuser_url_within(superuser_url, database), service)


@contextlib.asynccontextmanager
async def turn_at(database_url: str) -> AsyncIterator[Connection]:
    """A superuser's connection for whoever sets up: others who do so at the same time wait for their turn."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SELECT pg_advisory_lock(hashtext('doorway set-up'))")
        yield connection
    finally:
        await connection.close()


async def make_roles(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Create the roles that are missing and set the passwords of all."""
    async with turn_at(superuser_url) as connection:
        there = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
        for role, password in passwords.items():
            verb = "ALTER" if role in there else "CREATE"
            await connection.execute(f"{verb} ROLE {role} LOGIN PASSWORD {sql_literal(password)}")


async def make_database(superuser_url: str, service: str, name: str, template: str = "template0") -> None:
    """Create one database of a service unless it is there, and set who may connect to it."""
    async with turn_at(superuser_url) as connection:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await connection.execute(
                f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {service}_owner ENCODING \'UTF8\''
            )
        await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        await connection.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {service}')
        for role in manifests()[service].roles:
            await connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {role.name}')


async def grant_rights(database_url: str, service: str) -> None:
    """Set the rights inside a database: the service's role may change rows, never tables."""
    async with turn_at(database_url) as connection, connection.transaction():
        await connection.execute(";".join([*base_grants(service), *manifests()[service].grants]))


def base_grants(service: str) -> list[str]:
    """The statements that open the public schema to a service's role and to nobody else."""
    granting = f"ALTER DEFAULT PRIVILEGES FOR ROLE {service}_owner IN SCHEMA public GRANT"
    return [
        f"ALTER SCHEMA public OWNER TO {service}_owner",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {service}",
        f"{granting} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {service}",
        f"{granting} USAGE, SELECT ON SEQUENCES TO {service}",
    ]


def sql_literal(text: str) -> str:
    """Text as an SQL literal; ValueError for signs that no password of ours has."""
    if "'" in text or "\\" in text or "\0" in text:
        raise ValueError("a password must not hold quotes, backslashes or U+0000")
    return f"'{text}'"
