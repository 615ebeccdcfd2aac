"""Run a command with the clock of every process moved: `python -m tests.clock 2027-04-01 make demo`.

libfaketime is loaded into each process: PostgreSQL, the services, the tests. nats-server makes its own system
calls and stays in the present, which nothing may depend on. It works only on Linux on x86-64, for which the
package ships the library.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, time, timedelta
from importlib.util import find_spec
from pathlib import Path

from shared.clock import ENGLAND

# Days on which code that works by dates breaks: tomorrow, a bank holiday, the end and start of a financial
# year, a leap day, and the hour that comes twice when summer time ends.
HARD_DAYS = (
    "tomorrow",
    "2026-12-25",
    "2027-03-31",
    "2027-04-01",
    "2028-02-29",
    "2031-10-26T00:59:00+00:00",
)
# Mid-morning in England: a working hour, far from midnight in any zone that the code knows.
MORNING = time(10, 30)


def seconds_until(moment: datetime, present: datetime) -> int:
    """How far the clock must be moved, in whole seconds."""
    return round((moment - present).total_seconds())


def moment_of(words: str) -> datetime:
    """The instant that `tomorrow`, `2027-04-01` (mid-morning in England) or a whole time names."""
    if words == "tomorrow":
        return datetime.combine(datetime.now(ENGLAND) + timedelta(days=1), MORNING, ENGLAND)
    moment = datetime.fromisoformat(words)
    if len(words) == len("2027-04-01"):
        moment = datetime.combine(moment, MORNING)
    return moment if moment.tzinfo else moment.replace(tzinfo=ENGLAND)


def moved_environment(moment: datetime, library: Path) -> dict[str, str]:
    """The environment in which every process that is started believes that it is that moment now."""
    return {
        **os.environ,
        "LD_PRELOAD": str(library),
        "FAKETIME": f"{seconds_until(moment, datetime.now(ENGLAND)):+d}s",
        # Waiting goes by the monotonic clock: moving that too makes sleeps and locks wait for months.
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def can_be_moved() -> bool:
    """Whether the library is shipped for this machine."""
    return (sys.platform, platform.machine()) == ("linux", "x86_64")


def shipped_library() -> Path:
    """The library as its package ships it."""
    package = find_spec("libfaketime")
    if package is None or package.origin is None:
        raise SystemExit("libfaketime is not installed: run `make lint` once, which installs it.")
    return Path(package.origin).parent / "vendor/libfaketime/src/libfaketime.so.1"


def run_on(words: str, command: list[str]) -> int:
    """Run the command at that moment and give its exit code."""
    # PostgreSQL runs under an account that may not read the checkout, but must load the library.
    with tempfile.TemporaryDirectory(prefix="doorway-clock-") as folder:
        Path(folder).chmod(0o755)
        library = Path(shutil.copy(shipped_library(), folder))
        moment = moment_of(words)
        print(f"The clock stands at {moment.isoformat(timespec='seconds')}.", flush=True)
        return subprocess.call(command, env=moved_environment(moment, library))


def main() -> int:
    """Run the command on the day named, or with `hard-days` on each of these until it fails."""
    if not can_be_moved():
        raise SystemExit("The clock can be moved only on Linux on x86-64.")
    words, *command = sys.argv[1:]
    days = HARD_DAYS if words == "hard-days" else (words,)
    return next((code for day in days if (code := run_on(day, command))), 0)


if __name__ == "__main__":
    sys.exit(main())
