"""Processes are known by number and start; only those are signalled."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deploy.local.processes import Identity, end_processes, wait_until_gone


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that ends when asked."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as running:
        yield running
        running.kill()


def test_a_process_is_known_while_it_runs(process: subprocess.Popen[bytes]) -> None:
    identity = Identity.of_pid(process.pid)
    assert identity.runs()
    process.kill()
    assert wait_until_gone([identity], 10) == []
    assert not identity.runs()


def test_another_process_with_the_same_number_is_not_signalled(process: subprocess.Popen[bytes]) -> None:
    end_processes([Identity(process.pid, Identity.of_pid(process.pid).started - 60)], signal.SIGKILL)
    assert process.poll() is None


def test_a_process_that_does_not_end_when_asked_is_ended() -> None:
    deaf = "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); input()"
    command = [sys.executable, "-c", deaf]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        end_processes([Identity.of_pid(process.pid)], signal.SIGTERM, seconds=0.2)
        assert process.wait() == -signal.SIGKILL


def test_waiting_ends_after_its_time() -> None:
    mine = Identity.of_pid(os.getpid())
    assert wait_until_gone([mine], 0.1) == [mine]
