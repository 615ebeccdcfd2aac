"""The output of a stack's processes: one file each."""

import os
import time
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from deploy.local.home import Home

LOG_BYTES_MAX = 20_000_000
TAIL_BYTES = 20_000


def open_log(home: Home, process: str) -> BinaryIO:
    """Open a process's log for more lines; one that has grown too large is put aside first."""
    path = home.log_of(process)
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.replace(path.with_suffix(".old"))
    path.touch(mode=0o600)
    return path.open("ab")


def last_lines(path: Path, count: int = 12) -> list[str]:
    """The last lines of a log."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read().decode(errors="replace").splitlines()[-count:]


def follow_logs(paths: list[Path]) -> Generator[tuple[str, str], None, None]:
    """Yield what is written to these logs from now on: which process, and the line."""
    with ExitStack() as opened:
        files = {path.stem: opened.enter_context(path.open(errors="replace")) for path in paths}
        for file in files.values():
            file.seek(0, os.SEEK_END)
        while True:
            found = [(name, line) for name, file in files.items() for line in file]
            yield from ((name, line.rstrip("\n")) for name, line in found)
            if not found:
                time.sleep(0.2)
