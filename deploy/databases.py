"""Roles, databases and grants: a database, an owner and a role of least rights for each service."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import asyncpg

from deploy.keys import SERVICES

TELLER = "feedback_teller"


def role_names() -> tuple[str, ...]:
    """Return all roles: for each service the owner of its database and the role it works under."""
    return (*SERVICES, *(f"{service}_owner" for service in SERVICES), TELLER)


def address(url: str, *, database: str, user: str, password: str) -> str:
    """Return the address of a database on the server of another address."""
    parts = urlsplit(url)
    place = f"{quote(user)}:{quote(password, safe='')}@{parts.hostname}:{parts.port or 5432}"
    return urlunsplit(("postgresql", place, f"/{database}", "", ""))


def passwords(folder: Path) -> dict[str, str]:
    """Return the password of each role, as the secrets folder has them."""
    return {role: (folder / f"{role}_password").read_text().strip() for role in role_names()}


async def make_roles(superuser_url: str, passwords: Mapping[str, str]) -> None:
    """Make the roles that are missing and set the passwords of all."""
    connection = await asyncpg.connect(superuser_url)
    try:
        there = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
        for role, password in passwords.items():
            verb = "ALTER" if role in there else "CREATE"
            await connection.execute(f"{verb} ROLE {role} LOGIN PASSWORD {literal(password)}")
    finally:
        await connection.close()


async def make_database(superuser_url: str, service: str, name: str, template: str = "template0") -> None:
    """Make one database of a service unless it is there, and set who may do what in it."""
    connection = await asyncpg.connect(superuser_url)
    try:
        if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
            await connection.execute(
                f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER {service}_owner ENCODING \'UTF8\''
            )
        await connection.execute(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC')
        await connection.execute(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {service}')
        if service == "feedback":
            await connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {TELLER}')
    finally:
        await connection.close()


async def grant(database_url: str, service: str) -> None:
    """Set the rights inside a database: the service's role may change rows, never tables."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            await connection.execute(";".join(grants(service)))
            if service == "feedback":
                await connection.execute(";".join(CONTRIBUTORS))
    finally:
        await connection.close()


def grants(service: str) -> list[str]:
    """Return the statements that open the public schema to a service's role and to nobody else."""
    granting = f"ALTER DEFAULT PRIVILEGES FOR ROLE {service}_owner IN SCHEMA public GRANT"
    return [
        f"ALTER SCHEMA public OWNER TO {service}_owner",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {service}",
        f"{granting} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {service}",
        f"{granting} USAGE, SELECT ON SEQUENCES TO {service}",
    ]


CONTRIBUTORS_GRANTING = "ALTER DEFAULT PRIVILEGES FOR ROLE feedback_owner IN SCHEMA contributors GRANT"
# Who said it is kept apart: the service may add and erase contributors, only the teller may read them.
CONTRIBUTORS = [
    "CREATE SCHEMA IF NOT EXISTS contributors AUTHORIZATION feedback_owner",
    f"GRANT USAGE ON SCHEMA contributors TO feedback, {TELLER}",
    f"{CONTRIBUTORS_GRANTING} INSERT, DELETE ON TABLES TO feedback",
    f"{CONTRIBUTORS_GRANTING} SELECT ON TABLES TO {TELLER}",
]


def literal(text: str) -> str:
    """Return text as an SQL literal; ValueError for what a password never holds."""
    if "'" in text or "\\" in text or "\0" in text:
        raise ValueError("a password holds no quotes, backslashes or U+0000")
    return f"'{text}'"
