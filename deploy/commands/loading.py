"""Loading the data that a stack is shown with: the real registry and real comments, once."""

import asyncio
import subprocess
import sys

import typer
from rich.console import Console

from deploy.local.home import CHECKOUT
from deploy.settled import read_count, wait_until_settled
from deploy.stage import Stage

# Each is a command of a service; what they load is in the service's `data` folder.
REGISTRY, COMMENTS = ("registry", "import"), ("feedback", "import", "--demo")
# The registry is loaded in one transaction: the body that the comments are about shows that. The comments are
# not; their command looks for those that are missing.
LOADED = "SELECT count(*) FROM body_code WHERE scheme = 'ods' AND code = 'RX6'"


def load_data(stage: Stage, console: Console) -> None:
    """Load what is missing and wait until all services have it; exits with 1 on failure."""
    if not asyncio.run(read_count(stage.settings["REGISTRY_DATABASE_URL"], LOADED)):
        run_load(console, REGISTRY)
    run_load(console, COMMENTS)
    with console.status("waiting until the other services have the data …"):
        asyncio.run(wait_until_settled(stage.broker_url, stage.settings))


def run_load(console: Console, command: tuple[str, ...]) -> None:
    """Run one command that loads data."""
    if subprocess.run([sys.executable, "-m", "deploy.cli", *command], cwd=CHECKOUT, check=False).returncode:
        console.print(f"This command failed: doorway {' '.join(command)}", style="red")
        raise typer.Exit(1)
