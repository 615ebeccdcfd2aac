"""The databases: reached, under the right role, migrated, with the time we have, and relayed."""

import asyncio
from urllib.parse import urlsplit

import asyncpg

from deploy.doctor.deployment import Deployment, Fault
from deploy.doctor.inside import check_inside
from deploy.keys import SERVICES

CONNECT_SECONDS, STATEMENT_SECONDS = 2, 2
REFUSED = (asyncpg.InvalidPasswordError, asyncpg.InvalidAuthorizationSpecificationError)
AWAY = (OSError, TimeoutError, asyncpg.CannotConnectNowError)


async def check_databases(deployment: Deployment) -> list[Fault]:
    """What is wrong with the databases; one that cannot be reached is asked nothing more."""
    found = await asyncio.gather(*(check_database(deployment, service) for service in SERVICES))
    return list(dict.fromkeys(fault for faults in found for fault in faults))


async def check_database(deployment: Deployment, service: str) -> list[Fault]:
    """What is wrong with one service's database."""
    name = f"{service.upper()}_DATABASE_URL"
    if not (url := deployment.settings.get(name)):
        return [Fault("setting_missing", f"{name} is not set.", deployment.next("set up"))]
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_SECONDS, command_timeout=STATEMENT_SECONDS)
    except (*AWAY, asyncpg.PostgresError) as error:
        return [explain_database_failure(deployment, service, url, error)]
    try:
        return await check_inside(connection, deployment, service)
    except TimeoutError as error:
        return [explain_database_failure(deployment, service, url, error)]
    finally:
        connection.terminate()


def explain_database_failure(deployment: Deployment, service: str, url: str, error: Exception) -> Fault:
    """Say why a database was not reached."""
    parts = urlsplit(url)
    where, role, base = f"{parts.hostname}:{parts.port or 5432}", parts.username, parts.path.lstrip("/")
    if isinstance(error, TimeoutError):
        sentence = f"PostgreSQL hangs at {where}: it accepts connections and does not answer in time."
        return Fault("database_hangs", sentence, deployment.next("log", "postgres"))
    if isinstance(error, AWAY):
        return Fault(
            "database_unreachable", f"PostgreSQL does not answer at {where}.", postgres_advice(deployment)
        )
    if isinstance(error, REFUSED):
        return Fault(
            "password_refused",
            f"PostgreSQL at {where} refuses the role {role}: no such role, or a wrong password.",
            deployment.next("set up"),
        )
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return Fault(
            "connections_exhausted",
            f"PostgreSQL at {where} accepts no more connections.",
            "raise max_connections, or lower POOL_SIZE of the services",
        )
    return Fault(
        "database_missing",
        f"The role {role} of {service} cannot connect to the database {base}: {error}.",
        deployment.next("set up"),
    )


def postgres_advice(deployment: Deployment) -> str:
    """What to do when PostgreSQL is away: see why in its log where we run it."""
    return f"{deployment.next('start')}; if it does not come up: {deployment.next('log', 'postgres')}"
