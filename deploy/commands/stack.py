"""`doorway up`, `down`, `status`, `logs`, `clean`: the stack on this machine."""

import asyncio
import os
import signal
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from deploy.commands.loading import load_data
from deploy.environment import read_settings
from deploy.local.home import Home, home_of_checkout
from deploy.local.liveness import find_hung
from deploy.local.logs import follow_logs, last_lines
from deploy.local.ports import WISHED_PORT, wished_port
from deploy.local.processes import Identity
from deploy.local.stack import StackFailed, bring_down, bring_up, gateway_url, is_up, remove_stack
from deploy.local.state import ProcessState, State, read_state
from deploy.stage import stage_of

console = Console()


def up() -> None:
    """Start the stack with real data in the background, and wait until all of it is ready."""
    start_stack(home_of_checkout())
    load_data(stage_of(home_of_checkout()), console)
    console.print(f"Doorway answers at [bold]{gateway_url(home_of_checkout())}[/bold]. Stop it: make down")


def down() -> None:
    """Stop the stack and keep its data."""
    home = home_of_checkout()
    was_up = read_state(home) is not None
    bring_down(home)
    console.print("Doorway is down." if was_up else "Doorway was not running.")


def status() -> None:
    """Show each process, how often it was started again, and its last lines if it stopped."""
    home = home_of_checkout()
    state = read_state(home)
    if state is None or not (state.is_supervised() or state.leftovers()):
        console.print("Doorway is down.")
        raise typer.Exit(1)
    hung = asyncio.run(find_hung(home, state))
    print_status(home, state, hung)
    if hung or not is_up(home):
        raise typer.Exit(1)


def logs(
    process: Annotated[
        str | None, typer.Argument(help="One process, such as `feedback-api`. Without it: all.")
    ] = None,
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Keep showing new lines.")] = False,
    lines: Annotated[
        int, typer.Option("--lines", "-n", help="How many lines to show for each process.")
    ] = 20,
) -> None:
    """Show the last lines that each process wrote."""
    paths = log_files(home_of_checkout(), process)
    for path in paths:
        for line in last_lines(path, lines):
            typer.echo(f"{path.stem:<16} {line}")
    if follow:
        for name, line in follow_logs(paths):
            typer.echo(f"{name:<16} {line}")


def clean_all() -> None:
    """Stop the stack and delete its data, keys and logs."""
    remove_stack(home_of_checkout())
    console.print("The stack is stopped. Its data, keys and logs are deleted.")


def start_stack(home: Home) -> None:
    """Start a stack and show each step; exits with 1 when it fails and 130 when interrupted."""
    if not is_up(home):
        start_anew(home)
    # Commands that work on this stack in the same process find it as it is now.
    os.environ.update(read_settings(home.settings))


def start_anew(home: Home) -> None:
    """Start a stack that is not up."""
    try:
        port = wished_port(os.environ)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    try:
        with interrupt_on_signals(), console.status("starting") as shown:
            began = time.monotonic()
            bring_up(home, gateway_port=port, say=lambda step: shown.update(f"{step} …"))
    except StackFailed as failure:
        console.print("Doorway did not start:", style="red")
        console.print(str(failure), markup=False, highlight=False)
        raise typer.Exit(1) from failure
    except KeyboardInterrupt as interrupt:
        console.print("Stopped. No process is still running.")
        raise typer.Exit(130) from interrupt
    console.print(f"Two servers and eight processes are up, in {time.monotonic() - began:.0f} s.")
    if (url := gateway_url(home)) != f"http://127.0.0.1:{port}":
        console.print(
            f"Port {port} is in use by another program. The gateway is at {url} instead."
            f" To choose a port: make down, then {WISHED_PORT}=<port> make up.",
            style="yellow",
        )


@contextmanager
def interrupt_on_signals() -> Iterator[None]:
    """Treat the signals that end a terminal's programs as Ctrl-C."""

    def interrupt(number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt(number)

    before = {each: signal.signal(each, interrupt) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def print_status(home: Home, state: State, hung: Collection[str] = ()) -> None:
    """Print the state of each process, and what to do with those that hang."""
    words = f"{state.phase}: {state.step}" if state.step else state.phase
    if not state.is_supervised():
        words = "unsupervised: its supervisor died; run `make up` to correct this"
    console.print(f"Doorway at {gateway_url(home)}: [bold]{words}[/bold]")
    table = Table("process", "state", "pid", "up", "started again")
    for each in state.processes.values():
        table.add_row(each.name, *status_cells(each, hangs=each.name in hung))
    console.print(table)
    for name in sorted(hung):
        console.print(f"[red]{name} hangs[/red]: it runs and does not answer. Run: make down up")
    for each in state.processes.values():
        if each.last_exit:
            console.print(f"[yellow]{each.name} {each.last_exit}[/yellow]; before that it wrote:")
            for line in each.last_lines:
                console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def status_cells(each: ProcessState, *, hangs: bool = False) -> tuple[str, ...]:
    """A process's row after its name."""
    runs = each.identity is not None and each.identity.runs()
    words = ("ready" if each.ready else "starting") if runs else "waiting to be started again"
    words = "hangs" if hangs and runs else words
    pid = str(each.identity.pid) if each.identity and runs else ""
    return words, pid, running_time(each.identity) if runs else "", str(each.restarts)


def running_time(identity: Identity | None) -> str:
    """How long a process has run, as hours:minutes:seconds."""
    seconds = int(time.time() - identity.started) if identity else 0
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def log_files(home: Home, process: str | None) -> list[Path]:
    """The log of a process, or of all; exits with 1 when there is none."""
    paths = [home.log_of(process)] if process else sorted(home.logs.glob("*.log"))
    if missing := [path for path in paths if not path.exists()]:
        known = ", ".join(sorted(path.stem for path in home.logs.glob("*.log")))
        console.print(f"There is no log of {missing[0].stem}. There are logs of: {known or 'none'}")
        raise typer.Exit(1)
    return paths
