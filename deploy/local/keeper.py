"""Keeping one program running: started, watched, and started again with a growing delay when it dies."""

import asyncio
import signal
import time
from collections.abc import Callable

import psutil

from deploy.local.forked import ForkedProcess, fork_module
from deploy.local.home import Home
from deploy.local.logs import last_lines, open_log
from deploy.local.processes import Identity
from deploy.local.programs import Program
from deploy.local.state import ProcessState

DELAYS_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30)
# A program that ran this long had started well: its next delay is the shortest again.
WELL_SECONDS = 30
READY_SECONDS = 90
PROBE_SECONDS = 0.05
STOP_SECONDS = 15
DEATHS_MAX_AT_START = 4


class StartFailed(Exception):
    """What did not start, in a sentence, with the last lines that it wrote."""

    def __init__(self, sentence: str, lines: list[str]) -> None:
        super().__init__(sentence)
        self.lines = lines


class Keeper:
    """Keeps one program running."""

    def __init__(self, program: Program, home: Home, changed: Callable[[], None]) -> None:
        self.program, self.home, self.changed = program, home, changed
        self.state = ProcessState(program.name)
        self.process: asyncio.subprocess.Process | ForkedProcess | None = None
        self.stopping = False
        self.deaths_in_a_row = 0
        self.task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Start keeping it."""
        self.task = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while not self.stopping:
            began = time.monotonic()
            code = await self._run_once()
            if self.stopping:
                return
            long_enough = time.monotonic() - began > WELL_SECONDS
            self.deaths_in_a_row = 1 if long_enough else self.deaths_in_a_row + 1
            self._remember_death(code)
            await asyncio.sleep(DELAYS_SECONDS[min(self.deaths_in_a_row, len(DELAYS_SECONDS)) - 1])

    async def _run_once(self) -> str:
        try:
            await asyncio.to_thread(self.program.prepare)
            process = await self._start()
        except (OSError, RuntimeError) as error:
            with open_log(self.home, self.program.name) as log:
                log.write(f"{type(error).__name__}: {error}\n".encode())
            return "did not start"
        ready = asyncio.create_task(self._watch_readiness())
        try:
            return describe_exit(await process.wait())
        finally:
            ready.cancel()

    async def _start(self) -> asyncio.subprocess.Process | ForkedProcess:
        self.process = await (self._fork() if self.program.forks else self._execute())
        self.state.identity = find_identity(self.process.pid)
        self.changed()
        if self.stopping:
            self._signal(self.program.stop_signal)
        return self.process

    async def _execute(self) -> asyncio.subprocess.Process:
        who = self.program.account.subprocess_arguments() if self.program.account else {}
        with open_log(self.home, self.program.name) as log:
            # A session of its own: Ctrl-C in the terminal is for us, and we stop things in order.
            return await asyncio.create_subprocess_exec(
                *self.program.command,
                cwd=self.program.folder,
                env=dict(self.program.environment),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **who,
            )

    async def _fork(self) -> ForkedProcess:
        open_log(self.home, self.program.name).close()
        module, *arguments = self.program.command
        log = self.home.log_of(self.program.name)
        return await fork_module(self.program.name, module, arguments, self.program.environment, log)

    async def _watch_readiness(self) -> None:
        ready = await self._is_ready()
        while not ready:
            await asyncio.sleep(PROBE_SECONDS)
            ready = await self._is_ready()
        self.state.ready = True
        self.changed()

    async def _is_ready(self) -> bool:
        if not await self.program.ready():
            return False
        # Another program may have taken the port, and answer in place of this one.
        mine = self.state.identity
        return self.program.port is None or (mine is not None and mine.listens_on(self.program.port))

    def _remember_death(self, ended: str) -> None:
        self.state.restarts += 1
        self.state.ready, self.state.identity = False, None
        self.state.last_exit = f"{ended} at {time.strftime('%H:%M:%S')}"
        self.state.last_lines = last_lines(self.home.log_of(self.program.name))
        self.changed()

    async def until_ready(self) -> None:
        """Wait until the program says that it is ready; StartFailed when it keeps dying or takes too long."""
        ends = time.monotonic() + READY_SECONDS
        while not self.state.ready:
            if self.deaths_in_a_row >= DEATHS_MAX_AT_START or time.monotonic() > ends:
                lines = last_lines(self.home.log_of(self.program.name))
                raise StartFailed(f"{self.program.name} did not start", lines)
            await asyncio.sleep(PROBE_SECONDS)

    async def stop(self) -> None:
        """Stop the program finally, and by force if it does not stop when asked."""
        self.stopping = True
        if self.task is None:
            return
        self._signal(self.program.stop_signal)
        done, _ = await asyncio.wait([self.task], timeout=STOP_SECONDS)
        if not done:
            self._signal(signal.SIGKILL)
            await asyncio.wait([self.task], timeout=5)
        self.state.identity, self.state.ready = None, False
        self.changed()

    def _signal(self, number: signal.Signals) -> None:
        if self.process and self.process.returncode is None:
            self.process.send_signal(number)


def find_identity(pid: int) -> Identity | None:
    """The identity of a process that was just started, None when it has ended already."""
    try:
        return Identity.of_pid(pid)
    except psutil.NoSuchProcess:
        return None


def describe_exit(code: int) -> str:
    """Say how a process ended: with which code, or killed by which signal."""
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"
