"""Processes known for certain: a number alone may be another's by now, so its start time goes with it."""

import contextlib
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass

import psutil

# Two processes with one number never start this close together.
SAME_START_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Identity:
    """One process, by its number and the time it started (seconds since 1970)."""

    pid: int
    started: float

    @classmethod
    def of(cls, process: psutil.Process) -> "Identity":
        """The identity of a process."""
        return cls(process.pid, process.create_time())

    @classmethod
    def of_pid(cls, pid: int) -> "Identity":
        """The identity of the process that has this number now; NoSuchProcess when none has."""
        return cls.of(psutil.Process(pid))

    def process(self) -> psutil.Process | None:
        """The process if it still runs."""
        with contextlib.suppress(psutil.Error):
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.started) < SAME_START_SECONDS
            if same and found.status() != psutil.STATUS_ZOMBIE:
                return found
        return None

    def runs(self) -> bool:
        """Whether the process still runs."""
        return self.process() is not None

    def listens_on(self, port: int) -> bool:
        """Whether it is this process that listens on a port."""
        with contextlib.suppress(psutil.Error):
            if process := self.process():
                found = process.net_connections(kind="tcp")
                return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in found)
        return False

    def send(self, number: signal.Signals) -> None:
        """Send a signal if the process still runs."""
        if found := self.process():
            with contextlib.suppress(psutil.Error):
                found.send_signal(number)


def wait_until_gone(found: Iterable[Identity], seconds: float) -> list[Identity]:
    """Wait until these processes have ended; return those that have not."""
    ends = time.monotonic() + seconds
    left = [identity for identity in found if identity.runs()]
    while left and time.monotonic() < ends:
        time.sleep(0.05)
        left = [identity for identity in left if identity.runs()]
    return left


def end_processes(found: Iterable[Identity], number: signal.Signals, seconds: float = 15) -> None:
    """Ask processes to end, and end those that do not."""
    asked = list(found)
    for identity in asked:
        identity.send(number)
    for identity in (left := wait_until_gone(asked, seconds)):
        identity.send(signal.SIGKILL)
    wait_until_gone(left, 5)
