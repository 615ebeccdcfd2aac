"""Loading the data that a stack is shown with: the real registry and real comments, once."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import typer
from rich.console import Console

from deploy.local.home import CHECKOUT
from deploy.settled import wait_until_settled
from deploy.stage import Stage

# Each is a command of a service; what they load is in the service's `data` folder.
LOADS = (("registry", "import"), ("feedback", "import", "--demo"))


def load_data(stage: Stage, console: Console) -> None:
    """Load what is missing and wait until all services have it; exits with 1 on failure."""
    missing = [command for command in LOADS if list(command) not in read_finished_loads(stage)]
    for command in missing:
        run_load(stage, console, command)
    if missing:
        with console.status("waiting until the other services have the data …"):
            asyncio.run(wait_until_settled(stage.broker_url, stage.settings))


def run_load(stage: Stage, console: Console, command: tuple[str, ...]) -> None:
    """Run one command that loads data, and record that it was run."""
    if subprocess.run([sys.executable, "-m", "deploy.cli", *command], cwd=CHECKOUT, check=False).returncode:
        console.print(f"This command failed: doorway {' '.join(command)}", style="red")
        raise typer.Exit(1)
    file_of_finished_loads(stage).write_text(json.dumps([*read_finished_loads(stage), list(command)]))


def read_finished_loads(stage: Stage) -> list[list[str]]:
    """The commands whose data is loaded."""
    marker = file_of_finished_loads(stage)
    found: list[list[str]] = json.loads(marker.read_text()) if marker.exists() else []
    return found


def file_of_finished_loads(stage: Stage) -> Path:
    """The file that remembers what is loaded."""
    return stage.folder / "loaded.json"
