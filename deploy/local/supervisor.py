"""The supervisor: starts the programs of a stack in order, keeps them running, and stops them in order.

Run as `python -m deploy.local.supervisor <folder> [options]`; `deploy.local.stack` starts it.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path

from deploy.environment import read_settings
from deploy.local.broker import broker_of
from deploy.local.forked import import_services
from deploy.local.home import CHECKOUT, Home
from deploy.local.keeper import Keeper, StartFailed, describe_exit
from deploy.local.logs import last_lines, open_log
from deploy.local.ports import read_ports
from deploy.local.postgres import postgres_of
from deploy.local.processes import Identity
from deploy.local.programs import (
    Program,
    base_environment,
    broker_program,
    postgres_program,
    service_programs,
)
from deploy.local.state import FAILED, STARTING, STOPPING, UP, State

PARTS = ("postgres", "nats", "services")


class Supervisor:
    """Runs one stack until it is told to stop."""

    def __init__(self, home: Home, parts: Sequence[str], *, disposable: bool) -> None:
        self.home, self.parts, self.disposable = home, parts, disposable
        self.ports = read_ports(home)
        self.state = State(supervisor=Identity.of_pid(os.getpid()))
        self.keepers: list[Keeper] = []
        self.stopping = asyncio.Event()

    async def run(self) -> None:
        """Bring everything up, keep it up until told to stop, and stop everything, however it ends."""
        try:
            await self._unless_stopped(self._bring_up())
            if not self.stopping.is_set():
                self._say(UP)
            await self.stopping.wait()
        except StartFailed as failure:
            self.state.reason = [str(failure), *failure.lines]
            self._say(FAILED)
        finally:
            await self._stop_all()

    async def _unless_stopped(self, work: Coroutine[object, object, None]) -> None:
        task, stop = asyncio.create_task(work), asyncio.create_task(self.stopping.wait())
        await asyncio.wait((task, stop), return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not task.done():
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def _bring_up(self) -> None:
        servers = self._servers()
        if "services" in self.parts:
            import_services()
        self._say(STARTING, f"starting {' and '.join(program.name for program in servers)}")
        await self._start(servers)
        if "services" in self.parts:
            self._say(STARTING, "preparing the databases")
            await self._prepare()
            self._say(STARTING, "starting the services")
            await self._start(service_programs(self.home, read_settings(self.home.settings), self.ports))

    def _servers(self) -> list[Program]:
        found = []
        if "postgres" in self.parts:
            server = postgres_of(self.home, self.ports["postgres"], disposable=self.disposable)
            found.append(postgres_program(server))
        if "nats" in self.parts:
            ports = self.ports["nats"], self.ports["nats_monitoring"]
            found.append(broker_program(broker_of(self.home, *ports, disposable=self.disposable)))
        return found

    async def _start(self, programs: list[Program]) -> None:
        keepers = [Keeper(program, self.home, self._save) for program in programs]
        self.keepers += keepers
        for keeper in keepers:
            self.state.processes[keeper.program.name] = keeper.state
            keeper.begin()
        await asyncio.gather(*(keeper.until_ready() for keeper in keepers))

    async def _prepare(self) -> None:
        with open_log(self.home, "prepare") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "deploy.local.prepare",
                str(self.home.path),
                cwd=CHECKOUT,
                env=base_environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            code = await process.wait()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if code:
            lines = last_lines(self.home.log_of("prepare"))
            raise StartFailed(f"the databases could not be prepared: {describe_exit(code)}", lines)

    async def _stop_all(self) -> None:
        failed = self.state.phase == FAILED
        if not failed:
            self._say(STOPPING)
        servers = [keeper for keeper in self.keepers if keeper.program.name in PARTS]
        services = [keeper for keeper in self.keepers if keeper not in servers]
        # Services first, so that none of them loses its database while it still works.
        for keepers in (services, servers):
            await asyncio.gather(*(keeper.stop() for keeper in keepers))
        if not failed:
            self.home.state.unlink(missing_ok=True)

    def _say(self, phase: str, step: str = "") -> None:
        self.state.phase, self.state.step = phase, step
        self._save()

    def _save(self) -> None:
        self.state.write(self.home)

    async def stop_with(self, other: Identity) -> None:
        """Stop when another process has ended."""
        ended = False
        while not ended:
            await asyncio.sleep(0.5)
            ended = not other.runs()
        self.stopping.set()


async def supervise(arguments: argparse.Namespace) -> None:
    """Run the supervisor until a signal, or the end of the process it goes with."""
    supervisor = Supervisor(Home(arguments.home), arguments.parts, disposable=arguments.disposable)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, supervisor.stopping.set)
    watch = None
    if arguments.end_with:
        watch = asyncio.create_task(supervisor.stop_with(Identity.of_pid(arguments.end_with)))
    await supervisor.run()
    if watch:
        watch.cancel()


def detach() -> None:
    """Go on as a child that nobody waits for, in a session of its own; the parent prints its number."""
    if child := os.fork():
        print(child, flush=True)
        os._exit(0)
    os.setsid()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def main() -> None:
    """Read the command line and supervise, unless another supervisor already does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--parts", nargs="+", default=PARTS, choices=PARTS)
    parser.add_argument("--end-with", type=int, help="the process whose end stops everything")
    parser.add_argument("--disposable", action="store_true", help="the data may be lost with the machine")
    arguments = parser.parse_args()
    detach()
    with Home(arguments.home).locked("supervisor"):
        asyncio.run(supervise(arguments))


if __name__ == "__main__":
    main()
