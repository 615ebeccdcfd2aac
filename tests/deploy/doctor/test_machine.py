"""The doctor names a disk that is nearly full and a worker that shows no life."""

import os
import shutil
import time
from pathlib import Path

import pytest

from deploy.doctor.deployment import LOCAL, Deployment
from deploy.doctor.machine import check_machine
from shared.life import alive_file, mark_alive


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """The ready file of a worker that is well."""
    file = tmp_path / "loop-worker.ready"
    mark_alive(file)
    return file


@pytest.fixture
def deployment(tmp_path: Path, ready: Path) -> Deployment:
    """A deployment on this machine."""
    return Deployment({}, LOCAL, {"loop": ready}, (tmp_path,))


def test_a_sound_machine_has_no_fault(deployment: Deployment) -> None:
    assert check_machine(deployment, free_bytes_min=1) == []


def test_a_disk_that_is_nearly_full_is_named(deployment: Deployment, tmp_path: Path) -> None:
    more_than_there_is = shutil.disk_usage(tmp_path).total
    [fault] = check_machine(deployment, free_bytes_min=more_than_there_is)
    assert fault.name == "disk_nearly_full"
    assert fault.next.endswith(f"df -h {tmp_path}")


def test_a_worker_that_shows_no_life_is_named(deployment: Deployment, ready: Path) -> None:
    os.utime(ready, (time.time() - 60, time.time() - 60))
    [fault] = check_machine(deployment, free_bytes_min=1)
    assert (fault.name, fault.next) == ("worker_silent", "doorway logs loop-worker")
    assert "60 seconds ago" in fault.sentence


def test_a_worker_that_was_never_ready_is_named(deployment: Deployment, ready: Path) -> None:
    ready.unlink()
    [fault] = check_machine(deployment, free_bytes_min=1)
    assert "was never ready" in fault.sentence


def test_a_worker_that_is_stuck_is_said_to_hang(deployment: Deployment, ready: Path) -> None:
    mark_alive(alive_file(ready))
    assert check_machine(deployment, free_bytes_min=1) == []
    for file in (ready, alive_file(ready)):
        os.utime(file, (time.time() - 11, time.time() - 11))
    [fault] = check_machine(deployment, free_bytes_min=1)
    assert fault.name == "worker_hangs"
    assert "hangs" in fault.sentence


def test_a_worker_that_lives_but_cannot_work_is_silent_and_does_not_hang(
    deployment: Deployment, ready: Path
) -> None:
    mark_alive(alive_file(ready))
    os.utime(ready, (time.time() - 60, time.time() - 60))
    assert [fault.name for fault in check_machine(deployment, free_bytes_min=1)] == ["worker_silent"]
