"""The output of a stack's processes: one file each."""

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
    """Return the last lines of a log."""
    if not path.exists():
        return []
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - TAIL_BYTES))
        return file.read().decode(errors="replace").splitlines()[-count:]
