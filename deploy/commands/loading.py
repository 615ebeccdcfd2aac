"""Loading the data that a stack is shown with: the real registry and real comments, once."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import typer
from rich.console import Console

from deploy.environment import read_settings
from deploy.local.home import CHECKOUT, Home
from deploy.local.settled import until_settled

# Each is a command of a service; what they load is in the service's `data` folder.
LOADS = (("registry", "import"), ("feedback", "import", "--demo"))


def load(home: Home, console: Console) -> None:
    """Load what is not loaded yet and wait until all services know of it; exits with 1 on failure."""
    missing = [command for command in LOADS if list(command) not in loaded(home)]
    for command in missing:
        load_one(home, console, command)
    if missing:
        with console.status("telling the other services …"):
            asyncio.run(until_settled(home, read_settings(home.settings)))


def load_one(home: Home, console: Console, command: tuple[str, ...]) -> None:
    """Run one command that loads data, and remember that it was."""
    if subprocess.run([sys.executable, "-m", "deploy.cli", *command], cwd=CHECKOUT, check=False).returncode:
        console.print(f"Loading failed: doorway {' '.join(command)}", style="red")
        raise typer.Exit(1)
    marker_of(home).write_text(json.dumps([*loaded(home), list(command)]))


def loaded(home: Home) -> list[list[str]]:
    """Return the commands whose data is loaded."""
    marker = marker_of(home)
    found: list[list[str]] = json.loads(marker.read_text()) if marker.exists() else []
    return found


def marker_of(home: Home) -> Path:
    """Return the file that remembers what is loaded."""
    return home.path / "loaded.json"
