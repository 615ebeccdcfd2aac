"""A whole stack from outside: started in the background, looked at, stopped."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import psutil

from deploy.environment import Addresses, environment, write_settings
from deploy.keys import make_keys
from deploy.local.account import remove_tree
from deploy.local.broker import broker_of
from deploy.local.home import CHECKOUT, Home
from deploy.local.logs import last_lines, open_log
from deploy.local.place import remove_place
from deploy.local.ports import GATEWAY_PORT, choose_ports, is_free, read_ports
from deploy.local.postgres import postgres_of, server_of
from deploy.local.processes import Identity, end_processes, wait_until_gone
from deploy.local.programs import base_environment
from deploy.local.state import FAILED, UP, State, read_state
from deploy.local.supervisor import PARTS

DOWN_SECONDS = 60


class StackFailed(Exception):
    """The stack did not come up; says which program failed, with its last lines."""


@dataclass(frozen=True, slots=True)
class Start:
    """What is started: which parts, until which process ends, and whether its data is disposable."""

    parts: Sequence[str]
    end_with: int | None
    disposable: bool
    settings: Mapping[str, str]


def say_nothing(_step: str) -> None:
    """Say nothing."""


def is_up(home: Home) -> bool:
    """Whether the stack is up and its supervisor runs."""
    state = read_state(home)
    return state is not None and state.phase == UP and state.is_supervised()


def bring_up(
    home: Home,
    *,
    parts: Sequence[str] = PARTS,
    gateway_port: int | None = GATEWAY_PORT,
    end_with: int | None = None,
    disposable: bool = False,
    settings: Mapping[str, str] = MappingProxyType({}),
    say: Callable[[str], None] = say_nothing,
) -> None:
    """Start a stack and return when all of it is ready; whatever goes wrong, nothing is left running.

    `settings` replace the generated ones of the same name. StackFailed when a program does not start.
    """
    home.make()
    with home.locked("up", wait=True):
        if is_up(home):
            return
        bring_down(home)
        make_keys(home.secrets)
        while not try_to_start(home, gateway_port, Start(parts, end_with, disposable, settings), say):
            say("starting again, because another program took a port")


def try_to_start(home: Home, gateway_port: int | None, start: Start, say: Callable[[str], None]) -> bool:
    """Start once; False when another program has taken a port between its choice and its use."""
    ports = choose_ports(home, gateway_port=gateway_port)
    write_environment(home, ports, start.settings)
    try:
        await_phase(home, start_supervisor(home, start), say)
    except StackFailed:
        bring_down(home)
        if all(is_free(port) for port in ports.values()):
            raise
        return False
    except BaseException:
        bring_down(home)
        raise
    return True


def write_environment(home: Home, ports: dict[str, int], settings: Mapping[str, str]) -> None:
    """Write the settings of all services for these ports."""
    broker = broker_of(home, ports["nats"], ports["nats_monitoring"])
    postgres = postgres_of(home, ports["postgres"])
    made = environment(home.secrets, Addresses(postgres.url, broker.url, ports))
    write_settings(home.settings, made | dict(settings))


def start_supervisor(home: Home, start: Start) -> Identity:
    """Start the supervisor, which puts itself into the background and outlives the terminal."""
    home.state.unlink(missing_ok=True)
    options = ["--parts", *start.parts]
    options += ["--end-with", str(start.end_with)] if start.end_with else []
    options += ["--disposable"] if start.disposable else []
    command = [sys.executable, "-m", "deploy.local.supervisor", str(home.path), *options]
    with open_log(home, "supervisor") as log:
        started = subprocess.run(
            command,
            cwd=CHECKOUT,
            env=base_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            check=False,
        )
    if started.returncode:
        raise StackFailed("\n".join(last_lines(home.log_of("supervisor"))))
    try:
        return Identity.of_pid(int(started.stdout))
    except psutil.NoSuchProcess:
        raise StackFailed("\n".join(last_lines(home.log_of("supervisor")))) from None


def await_phase(home: Home, supervisor: Identity, say: Callable[[str], None]) -> None:
    """Wait until the supervisor says that all is up, and report each step."""
    said = ""
    while (state := read_state(home)) is None or state.phase != UP:
        if state and state.phase == FAILED:
            raise StackFailed("\n".join(state.reason))
        if not supervisor.runs() and read_state(home) is None:
            raise StackFailed("\n".join(last_lines(home.log_of("supervisor"))))
        if state and state.step != said:
            say(said := state.step)
        time.sleep(0.05)


def bring_down(home: Home) -> None:
    """Stop everything of a stack, also what a supervisor that was killed left running."""
    if (state := read_state(home)) and state.supervisor and state.is_supervised():
        state.supervisor.send(signal.SIGTERM)
        wait_until_gone([state.supervisor], DOWN_SECONDS)
        state = read_state(home) or state
    if state:
        end_leftovers(state)
    if server := server_of(home.path / "postgres"):
        end_processes([server], signal.SIGINT)
    home.state.unlink(missing_ok=True)


def end_leftovers(state: State) -> None:
    """End what is still there of a stack: supervisor, services, then the servers."""
    left = {found.name: found.identity for found in state.leftovers() if found.identity}
    servers = {name: left.pop(name) for name in PARTS if name in left}
    if state.supervisor:
        end_processes([state.supervisor], signal.SIGTERM)
    end_processes(left.values(), signal.SIGTERM)
    end_processes((found for name, found in servers.items() if name != "postgres"), signal.SIGTERM)
    end_processes((found for name, found in servers.items() if name == "postgres"), signal.SIGINT)


def remove_stack(home: Home) -> None:
    """Stop a stack and remove all its data, also what is kept outside the checkout."""
    if not home.path.exists():
        return
    bring_down(home)
    remove_place(home)
    remove_tree(home.path)


def gateway_url(home: Home) -> str:
    """The address of the gateway."""
    return f"http://127.0.0.1:{read_ports(home)['gateway']}"


def supervisor_of(home: Home) -> Identity | None:
    """The supervisor that runs this stack now."""
    state = read_state(home)
    return state.supervisor if state and state.is_supervised() else None
