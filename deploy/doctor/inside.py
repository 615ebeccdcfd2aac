"""What is wrong inside one service's database."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import TypeAlias

import asyncpg
from alembic.script import ScriptDirectory

from deploy.doctor.counts import check_counts
from deploy.doctor.deployment import Deployment, Fault
from deploy.doctor.figures import check_figures
from deploy.doctor.positions import check_positions
from deploy.doctor.sources import check_sources
from shared.clock import now
from shared.migrations import config_of
from shared.outbox import LOCK_SPACE, PARTITIONS

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

SKEW_SECONDS_MAX = 2.0
UNPUBLISHED_SECONDS_MAX = 60.0
# What a service's role must not be able to do, and the query that shows it.
TOO_STRONG = {
    "is a superuser": "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
    "may make databases or roles": """
        SELECT rolcreatedb OR rolcreaterole FROM pg_roles WHERE rolname = current_user""",
    "may bypass row security or replicate": """
        SELECT rolbypassrls OR rolreplication FROM pg_roles WHERE rolname = current_user""",
    "owns its database": """
        SELECT pg_has_role(datdba, 'USAGE') FROM pg_database WHERE datname = current_database()""",
    "may make tables": "SELECT has_schema_privilege('public', 'CREATE')",
    "may read who said what": """
        SELECT coalesce(bool_or(has_table_privilege(c.oid, 'SELECT')), false) FROM pg_class c
        JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'contributors' AND relkind = 'r'""",
}
OLDEST = "SELECT extract(epoch FROM now() - min(uuid_extract_timestamp(id)))::float FROM outbox \
          WHERE published_at IS NULL"
LETTERS = "SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL AND discarded_at IS NULL"
HELD = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = $1 AND objsubid = 2 AND granted \
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


async def check_inside(connection: Connection, deployment: Deployment, service: str) -> list[Fault]:
    """What is wrong inside a database; without its tables nothing more is asked."""
    faults = [each async for each in check_clocks(connection)]
    faults += [each async for each in check_letters(connection, deployment)]
    faults += [each async for each in check_rights(connection, deployment, service)]
    if unmigrated := await check_migrations(connection, deployment, service):
        return [*faults, unmigrated]
    if service == "loop":
        faults += [each async for each in check_figures(connection, deployment)]
    return faults + [each async for each in check_event_flow(connection, deployment, service)]


async def check_clocks(connection: Connection) -> AsyncIterator[Fault]:
    """Compare the database's clock with ours: tokens are good for a minute, clocks run from events' times."""
    before = now()
    theirs: datetime = await connection.fetchval("SELECT clock_timestamp()")
    after = now()
    apart = max(before - theirs, theirs - after, timedelta(0)).total_seconds()
    if apart > SKEW_SECONDS_MAX:
        yield Fault(
            "clocks_apart",
            f"This machine's clock and the database's are {apart:.0f} seconds apart.",
            "set both clocks by NTP: timedatectl status",
        )


async def check_letters(connection: Connection, deployment: Deployment) -> AsyncIterator[Fault]:
    """Name a database whose search takes typographic quotes and dashes for letters."""
    ctype = await connection.fetchval("SELECT datctype FROM pg_database WHERE datname = current_database()")
    if ctype in ("C", "POSIX"):
        yield Fault(
            "search_misses_words",
            f"PostgreSQL's cluster was made with LC_CTYPE {ctype}: a search for “doctor” misses “doctor’s”.",
            "dump the databases, make the cluster anew with initdb --lc-ctype=C.UTF-8, restore them; then "
            + deployment.next("set up"),
        )


async def check_rights(connection: Connection, deployment: Deployment, service: str) -> AsyncIterator[Fault]:
    """Name what the service's role may do but should not."""
    for what, statement in TOO_STRONG.items():
        if await connection.fetchval(statement):
            role = await connection.fetchval("SELECT current_user")
            yield Fault(
                "role_too_strong",
                f"The role {role}, which {service} uses, {what}.",
                f"set {service.upper()}_DATABASE_URL to the role {service}; "
                f"revoke from {role} what it should not have; then {deployment.next('set up')}",
            )


async def check_migrations(connection: Connection, deployment: Deployment, service: str) -> Fault | None:
    """Compare the database's revision with the newest that this code knows."""
    scripts = ScriptDirectory.from_config(config_of(service, ""))
    known, newest = {each.revision for each in scripts.walk_revisions()}, scripts.get_current_head()
    try:
        revision = await connection.fetchval("SELECT version_num FROM alembic_version")
    except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
        revision = None
    if revision == newest:
        return None
    if revision is not None and revision not in known:
        sentence = f"The database of {service} is at {revision}, newer than this code, which knows {newest}."
        return Fault("migrated_further", sentence, "run the newer code, or restore the database")
    at = f"is at {revision}" if revision else "has no tables yet"
    sentence = f"The database of {service} {at}; this code needs {newest}."
    return Fault("not_migrated", sentence, deployment.next("migrate", service))


async def check_event_flow(
    connection: Connection, deployment: Deployment, service: str
) -> AsyncIterator[Fault]:
    """Name what stops events: no worker relays them, an old one still waits, some were set aside."""
    worker = f"{service}-worker"
    if (held := await connection.fetchval(HELD, LOCK_SPACE)) < PARTITIONS:
        sentence = f"No worker of {service} relays {PARTITIONS - held} of {PARTITIONS} parts of its events."
        yield Fault(
            "worker_missing", sentence, f"{deployment.next('start')}; {deployment.next('log', worker)}"
        )
    if (age := await connection.fetchval(OLDEST) or 0) > UNPUBLISHED_SECONDS_MAX:
        sentence = f"The oldest event of {service} has waited {age:.0f} seconds to be published."
        yield Fault("relay_stale", sentence, deployment.next("log", worker))
    if letters := await connection.fetchval(LETTERS):
        sentence = f"{service} could not process {letters} events and set them aside."
        yield Fault(
            "dead_letters",
            sentence,
            f"doorway events dead-letters {service}; correct the cause; doorway events replay {service}; "
            "what cannot be replayed: doorway events discard",
        )
    async for fault in check_positions(connection, deployment, service):
        yield fault
    if service == "feedback":
        for check in (check_sources, check_counts):
            async for fault in check(connection, deployment):
                yield fault
