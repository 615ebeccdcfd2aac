"""Processes that run and do not answer are found: each is a process of the test's own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from deploy.local.home import Home
from deploy.local.liveness import find_hung
from deploy.local.processes import Identity
from deploy.local.state import ProcessState, State
from shared.life import alive_file, mark_alive
from tests.fixtures.homes import eventually

SERVER = "import http.server, sys; http.server.test(port=int(sys.argv[1]), bind='127.0.0.1')"


@contextmanager
def running(*arguments: str) -> Iterator[int]:
    """A process of our own, ended also when it is stopped."""
    with subprocess.Popen([sys.executable, "-c", *arguments], stderr=subprocess.DEVNULL) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def state_of(name: str, pid: int) -> State:
    """The state of a stack with one process, which was ready."""
    return State(processes={name: ProcessState(name, Identity.of_pid(pid), ready=True)})


@pytest.fixture
def port(home: Home) -> int:
    """A free port, which the home says is the loop's."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        found = int(taken.getsockname()[1])
    home.make()
    home.ports.write_text(json.dumps({"loop": found}))
    return found


def listens(port: int) -> bool:
    """Whether something takes connections at a port."""
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


async def test_an_api_that_answers_does_not_hang_until_it_is_stopped(home: Home, port: int) -> None:
    with running(SERVER, str(port)) as pid:
        eventually(lambda: listens(port))
        assert await find_hung(home, state_of("loop-api", pid)) == frozenset()
        os.kill(pid, signal.SIGSTOP)
        eventually(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
        assert await find_hung(home, state_of("loop-api", pid)) == {"loop-api"}


async def test_an_api_that_accepts_connections_and_does_not_answer_hangs(home: Home) -> None:
    home.make()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        home.ports.write_text(json.dumps({"loop": silent.getsockname()[1]}))
        assert await find_hung(home, state_of("loop-api", os.getpid())) == {"loop-api"}


async def test_a_worker_that_shows_no_life_hangs(home: Home, port: int) -> None:
    file, state = alive_file(home.path / "loop-worker.ready"), state_of("loop-worker", os.getpid())
    assert port
    mark_alive(file)
    assert await find_hung(home, state) == frozenset()
    os.utime(file, (time.time() - 11, time.time() - 11))
    assert await find_hung(home, state) == {"loop-worker"}
