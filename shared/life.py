"""Signs of life: the files that a worker touches, read by what watches it."""

import os
import time
from pathlib import Path

# A worker touches its files every two seconds.
ALIVE_SECONDS_MAX = 10


def mark_alive(file: Path) -> None:
    """Touch a file with this process's own time, by which it is read; the disk's may differ."""
    file.touch()
    os.utime(file, (time.time(), time.time()))


def alive_file(ready: Path) -> Path:
    """The file beside a ready file that a worker touches as long as it is not stuck, well or not."""
    return ready.with_name(f"{ready.name}.alive")


def age_of(file: Path) -> float | None:
    """How many seconds ago a file was touched, None when it is not there."""
    return time.time() - file.stat().st_mtime if file.exists() else None


def seems_stuck(ready: Path) -> float | None:
    """For how many seconds a worker has shown no life, None when it shows life or was ended."""
    age = age_of(alive_file(ready))
    return age if age is not None and age > ALIVE_SECONDS_MAX else None
