"""How a stack is: written by its supervisor, read by everybody else."""

import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any

from deploy.local.home import Home
from deploy.local.processes import Identity

STARTING, UP, FAILED, STOPPING = "starting", "up", "failed", "stopping"


@dataclass(slots=True)
class ProcessState:
    """One program: the process it runs as now, and how the ones before it ended."""

    name: str
    identity: Identity | None = None
    ready: bool = False
    restarts: int = 0
    last_exit: str | None = None
    last_lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """A whole stack."""

    phase: str = STARTING
    step: str = ""
    reason: list[str] = field(default_factory=list)
    supervisor: Identity | None = None
    processes: dict[str, ProcessState] = field(default_factory=dict)

    def is_supervised(self) -> bool:
        """Tell whether the supervisor still runs."""
        return self.supervisor is not None and self.supervisor.runs()

    def leftovers(self) -> list[ProcessState]:
        """Return the programs that still run."""
        return [found for found in self.processes.values() if found.identity and found.identity.runs()]

    def write(self, home: Home) -> None:
        """Keep the state; a reader sees the old or the new one, never half of it."""
        part = home.state.with_name(f".{home.state.name}.{os.getpid()}")
        part.write_text(json.dumps(asdict(self)))
        part.replace(home.state)


def read_state(home: Home) -> State | None:
    """Return how a home's stack is, None when none was started or it was stopped."""
    try:
        found: dict[str, Any] = json.loads(home.state.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    processes = {name: ProcessState(**with_identity(each)) for name, each in found["processes"].items()}
    supervisor = identity_of(found["supervisor"])
    return State(**{**found, "processes": processes, "supervisor": supervisor})


def with_identity(found: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of one program's state, as they were before they were written."""
    return {**found, "identity": identity_of(found["identity"])}


def identity_of(found: dict[str, Any] | None) -> Identity | None:
    """Return the identity that was written."""
    return Identity(**found) if found else None
