"""Migrations: what every service's `env.py` runs, and how the tables of the plumbing are made."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

import sqlalchemy as sa
from alembic import command, context, op
from alembic.config import Config
from sqlalchemy import Connection, MetaData, pool

from shared.db import engine_to
from shared.idempotency import Idempotency
from shared.inbox import DeadLetter, EventTry, Inbox
from shared.outbox import Outbox
from shared.positions import StreamPosition

SERVICES = Path(__file__).parent.parent / "services"
PLUMBING_TABLES = (Outbox, Inbox, DeadLetter, EventTry, StreamPosition, Idempotency)


def config_of(service: str, url: str) -> Config:
    """Return alembic's configuration of one service, for the database at the address."""
    config = Config(SERVICES / service / "alembic.ini")
    config.attributes["url"] = url
    return config


def migrate(service: str, url: str, revision: str = "head") -> str:
    """Bring a service's database up to a revision, or back to `base`; return the revision that it is at."""
    config = config_of(service, url)
    if revision == "base":
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)
    return str(config.attributes["revision"])


def check(service: str, url: str) -> None:
    """Raise alembic's CommandError when models and migrations differ."""
    command.check(config_of(service, url))


def run(*metadata: MetaData) -> None:
    """Run the migrations that alembic asks for; called by `env.py`."""
    asyncio.run(run_online([*metadata, *{table.metadata for table in PLUMBING_TABLES}]))


async def run_online(metadata: list[MetaData]) -> None:
    """Run the migrations over a separate connection."""
    engine = engine_to(context.config.attributes["url"], poolclass=pool.NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(run_within, metadata)
    await engine.dispose()


def run_within(connection: Connection, metadata: list[MetaData]) -> None:
    """Run the migrations in one transaction, so that a failure leaves nothing half done."""
    context.configure(
        connection=connection, target_metadata=metadata, include_schemas=True, compare_type=True
    )
    with context.begin_transaction():
        # Two that start together migrate one after the other.
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(hashtext('doorway migrations'))"))
        context.run_migrations()
        context.config.attributes["revision"] = context.get_context().get_current_revision() or "base"


def tell_of_changes(tables: Iterable[str]) -> None:
    """Let these tables tell, on the channel `changed`, that something in them may have changed.

    A function and triggers of one name: a later table is added by calling this again.
    """
    op.execute(
        "CREATE OR REPLACE FUNCTION tell_of_change() RETURNS trigger LANGUAGE plpgsql "
        "AS 'BEGIN NOTIFY changed; RETURN NULL; END'"
    )
    for table in tables:
        op.execute(
            f"CREATE TRIGGER tell_of_change AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION tell_of_change()"
        )


def run_file(name: str) -> None:
    """Run the statements of a file here, such as `plumbing_2.sql`, or `plumbing_2_down.sql` to go back.

    These files never change, because migrations run them.
    """
    for statement in (Path(__file__).parent / name).read_text().split(";"):
        if statement.strip():
            op.execute(statement)
