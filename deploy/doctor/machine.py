"""This machine: free space on its disks, and workers that still report."""

import shutil
from collections.abc import Iterator

from deploy.doctor.deployment import Deployment, Fault
from shared.life import age_of, seems_stuck

FREE_BYTES_MIN = 1_000_000_000
READY_SECONDS_MAX = 30


def check_machine(deployment: Deployment, free_bytes_min: int = FREE_BYTES_MIN) -> list[Fault]:
    """What is wrong with the disk and the workers that can be seen from here."""
    return [*check_disks(deployment, free_bytes_min), *check_workers(deployment)]


def check_disks(deployment: Deployment, free_bytes_min: int) -> Iterator[Fault]:
    """Name each folder whose disk is nearly full."""
    for folder in deployment.folders:
        if (free := shutil.disk_usage(folder).free) < free_bytes_min:
            yield Fault(
                "disk_nearly_full",
                f"The disk of {folder} has {free / 1e9:.1f} GB left; when it is full, the servers stop.",
                f"free space, or move the data: df -h {folder}",
            )


def check_workers(deployment: Deployment) -> Iterator[Fault]:
    """Name each worker that hangs, and each that has stopped or a part of which cannot work."""
    for service, file in deployment.ready_files.items():
        worker, age = f"{service}-worker", age_of(file)
        if (silence := seems_stuck(file)) is not None:
            sentence = f"The worker of {service} hangs or was killed: silent for {silence:.0f} seconds."
            yield Fault("worker_hangs", sentence, deployment.next("restart", worker))
        elif age is None or age > READY_SECONDS_MAX:
            said = "was never ready" if age is None else f"last reported {age:.0f} seconds ago"
            yield Fault("worker_silent", f"The worker of {service} {said}.", deployment.next("log", worker))
