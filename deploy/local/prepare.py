"""Preparing the databases of a stack whose servers run: set-up and migrations, nothing when all is done.

Run as `python -m deploy.local.prepare <folder>`; the supervisor does.
"""

import asyncio
import sys
from pathlib import Path

from deploy.databases import set_up
from deploy.environment import read_settings
from deploy.keys import SERVICES
from deploy.local.home import Home
from deploy.local.ports import read_ports
from deploy.local.postgres import postgres_of
from shared.migrations import migrate


def prepare(home: Home) -> None:
    """Make what is missing of roles, databases and tables."""
    server = postgres_of(home, read_ports(home)["postgres"])
    asyncio.run(set_up(server.url, home.secrets))
    settings = read_settings(home.settings)
    for service in SERVICES:
        migrate(service, settings[f"{service.upper()}_MIGRATION_URL"])


if __name__ == "__main__":
    prepare(Home(Path(sys.argv[1])))
