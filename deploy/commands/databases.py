"""`doorway setup` and `migrate`: databases, for every kind of stack."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.broker_users import FILE, write_broker_users
from deploy.databases import set_up
from deploy.keys import SERVICES, make_keys
from deploy.local.home import home_of_checkout
from shared.migrations import migrate

console = Console()


def setup(
    superuser_url: Annotated[
        str | None,
        typer.Option(envvar="DOORWAY_SUPERUSER_URL", help="The address of PostgreSQL for its superuser."),
    ] = None,
    secrets: Annotated[
        Path | None, typer.Option(envvar="DOORWAY_SECRETS", help="The folder of keys and passwords.")
    ] = None,
) -> None:
    """Create missing keys, secrets and users of NATS; with an address, also roles, databases and grants."""
    folder = secrets or home_of_checkout().secrets
    make_keys(folder)
    write_broker_users(folder)
    console.print(f"Keys and secrets are in {folder}. If NATS is your own, include {FILE} from there.")
    if superuser_url:
        asyncio.run(set_up(superuser_url, folder))
        console.print("Roles, databases and grants are set up.")


def migrate_services(
    service: Annotated[str | None, typer.Argument(help="One service. Without it: all.")] = None,
    revision: Annotated[str, typer.Option(help="A number such as 0001, `head` or `base`.")] = "head",
) -> None:
    """Migrate the databases, each as its owner."""
    for each in [service] if service else SERVICES:
        found = migrate(each, migration_url(each), revision)
        console.print(f"{each}: {found}")
        if revision not in ("head", found):
            console.print(
                f"It was further than {revision} already. Only `base` goes back; it removes all data."
            )
            raise typer.Exit(1)


def migration_url(service: str) -> str:
    """The owner's address of a service's database; a bad parameter says which setting is missing."""
    name = f"{service.upper()}_MIGRATION_URL"
    if service not in SERVICES:
        raise typer.BadParameter(f"the services are {', '.join(SERVICES)}")
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text().strip()
    if name not in os.environ:
        raise typer.BadParameter(f"{name} is not set. Start the stack, or set the address of the database")
    return os.environ[name]
