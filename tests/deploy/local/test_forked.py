"""What is forked is as if it had been started: its own environment, session, output and end."""

import json
import os
import signal
import time
from collections.abc import Callable
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import psutil
import pytest

from deploy.local.forked import ForkedProcess, fork_module

PROGRAM = "tests.deploy.local.a_program"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The file that the program writes to."""
    path = tmp_path / "program.log"
    path.touch()
    return path


async def forked(log: Path, *arguments: str) -> ForkedProcess:
    """The program, forked."""
    return await fork_module("a-program", PROGRAM, list(arguments), {"ONLY": "this"}, log)


def said(log: Path) -> dict[str, Any]:
    """What the program has said, as soon as it has."""
    wait_for(lambda: log.read_text().endswith("\n"))
    found: dict[str, Any] = json.loads(log.read_text())
    return found


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until another process has made something true."""
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.02)


async def test_it_has_its_own_environment_arguments_session_and_end(log: Path) -> None:
    process = await forked(log, "one", "two")
    assert await process.wait() == process.returncode == 3
    expected = {"arguments": ["one", "two"], "environment": ["ONLY"], "leads": process.pid}
    assert said(log) == expected
    assert not process.identity.runs()


async def test_it_is_stopped_by_a_signal_and_says_by_which(log: Path) -> None:
    process = await forked(log, "wait")
    said(log)
    assert process.returncode is None
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == -signal.SIGTERM


async def test_when_what_forks_has_died_its_children_end_and_others_can_be_forked(log: Path) -> None:
    process = await forked(log, "wait")
    said(log)
    parent = psutil.Process(process.pid).ppid()
    assert parent not in (os.getpid(), 1)
    os.kill(parent, signal.SIGKILL)
    assert await process.wait() != 0
    wait_for(lambda: not process.identity.runs())
    assert await (await forked(log)).wait() == 3


@pytest.fixture(scope="module", autouse=True)
def no_server_left() -> Any:
    """End the process that forks, so that nothing is left of it."""
    yield
    forkserver._forkserver._stop()  # type: ignore[attr-defined]  # there is no public way
