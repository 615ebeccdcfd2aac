"""How a stack is: written by its supervisor, read by everybody else."""

import json
import os
from dataclasses import asdict, dataclass, field
from typing import TypedDict

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
        """Whether the supervisor still runs."""
        return self.supervisor is not None and self.supervisor.runs()

    def leftovers(self) -> list[ProcessState]:
        """The programs that still run."""
        return [found for found in self.processes.values() if found.identity and found.identity.runs()]

    def write(self, home: Home) -> None:
        """Keep the state; a reader sees the old or the new one, never half of it."""
        part = home.state.with_name(f".{home.state.name}.{os.getpid()}")
        part.write_text(json.dumps(asdict(self)))
        part.replace(home.state)


def read_state(home: Home) -> State | None:
    """How a home's stack is, None when none was started or it was stopped."""
    try:
        found = json.loads(home.state.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return None
    processes = {
        name: ProcessState(**each | {"identity": identity_of(each["identity"])})
        for name, each in found["processes"].items()
    }
    supervisor = identity_of(found["supervisor"])
    return State(**{**found, "processes": processes, "supervisor": supervisor})


class WrittenIdentity(TypedDict):
    """An identity as it stands in the file."""

    pid: int
    started: float


def identity_of(found: WrittenIdentity | None) -> Identity | None:
    """The identity that was written."""
    return Identity(**found) if found else None
