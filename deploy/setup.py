"""Set-up of databases for all services: safe to run again, and the same for every kind of stack."""

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from deploy.databases import grant, make_database, make_roles, passwords
from deploy.keys import SERVICES


def within(superuser_url: str, database: str) -> str:
    """The superuser's address of another database on the same server."""
    return urlunsplit(urlsplit(superuser_url)._replace(path=f"/{database}"))


async def set_up(superuser_url: str, secrets: Path, prefix: str = "") -> None:
    """Make roles, databases, schemas and grants; the passwords are those of the secrets folder."""
    await make_roles(superuser_url, passwords(secrets))
    for service in SERVICES:
        database = f"{prefix}{service}"
        await make_database(superuser_url, service, database)
        await grant(within(superuser_url, database), service)
