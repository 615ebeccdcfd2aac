"""Services as forks of one process that has imported them: they start at once and share that memory."""

import asyncio
import contextlib
import io
import os
import runpy
import signal
import sys
from collections.abc import Mapping
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerProcess
from pathlib import Path

from deploy.local.processes import Identity

CONTEXT = get_context("forkserver")
# Started by whoever forks first, or before; it ends with the supervisor.
CONTEXT.set_forkserver_preload(["deploy.local.preloaded"])
# What multiprocessing says of a child when it is the process that forks which has died.
FORKSERVER_DIED = 255


class ForkedProcess:
    """A process that was forked, with what is used of `asyncio.subprocess.Process`."""

    def __init__(self, process: ForkServerProcess, pid: int) -> None:
        self.process, self.pid = process, pid
        self.identity = Identity.of_pid(pid)
        self.ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process.sentinel, self.note_end)

    def note_end(self) -> None:
        """Note that the process has ended. One whose end nobody could tell us about is killed first."""
        asyncio.get_running_loop().remove_reader(self.process.sentinel)
        self.process.join()
        if self.process.exitcode == FORKSERVER_DIED:
            self.identity.send(signal.SIGKILL)
        self.ended.set()

    @property
    def returncode(self) -> int | None:
        """How it ended: its exit code, or the number of a signal below zero; None while it runs."""
        return self.process.exitcode if self.ended.is_set() else None

    async def wait(self) -> int:
        """Wait until it has ended; return how."""
        await self.ended.wait()
        return self.process.exitcode or 0

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal if it still runs."""
        self.identity.send(number)


def import_services() -> None:
    """Begin to import the services, in the process that they are forked from."""
    forkserver.ensure_running()


async def fork_module(
    name: str, module: str, arguments: list[str], environment: Mapping[str, str], log: Path
) -> ForkedProcess:
    """Run a module as a program, in a fork; its environment is this one alone."""
    given = name, module, arguments, dict(environment), str(log)
    process = CONTEXT.Process(target=run_module, args=given)
    # It waits until everything is imported.
    await asyncio.to_thread(process.start)
    if process.pid is None:
        raise RuntimeError(f"{name} was not forked")
    return ForkedProcess(process, process.pid)


def run_module(name: str, module: str, arguments: list[str], environment: dict[str, str], log: str) -> None:
    """Become the program that was asked for: with nothing left of what we were but what is imported."""
    # A session of its own: Ctrl-C in the terminal is for the supervisor, which stops things in order.
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(log, os.O_WRONLY | os.O_APPEND)
    for number in (sys.stdout.fileno(), sys.stderr.fileno()):
        os.dup2(file, number)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)
    with contextlib.suppress(OSError):
        Path("/proc/self/comm").write_text(name)
    sys.argv = [module, *arguments]
    # It is run once more, as a program.
    sys.modules.pop(module, None)
    runpy.run_module(module, run_name="__main__", alter_sys=True)
