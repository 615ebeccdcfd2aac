"""The clock of a command and all that it starts can be moved: no test may depend on the day it is run."""

import ast
import os
import re
import subprocess
import sys
from datetime import UTC, datetime

from tests.clock import HARD_DAYS, can_be_moved, moment_of, seconds_until
from tests.repository.tree import ROOT, name_of, python, tree

# These read a day that somebody wrote, which has no zone, or one of the zone that a mapping names.
DAYS_READ = {
    "services/feedback/files/cells.py",
    "services/feedback/published/fft.py",
    "services/feedback/sources/functions.py",
    "services/registry/cli.py",
    "services/registry/imports/ods.py",
}
DAY_WITHOUT_ZONE = re.compile(r"(?<!\w)\w+\.\w+_at::date|\.\w+_at\.cast\(Date\)|:%Y-%m-%d")
MOVED = ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC")
SAYS_THE_DAY = "import datetime, time; time.sleep(0.01); print(datetime.date.today())"


def run_moved(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.clock", *words]
    # From the present, also where these tests themselves run on another day.
    present = {name: value for name, value in os.environ.items() if name not in MOVED}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=present)


def test_a_command_believes_that_it_is_another_day() -> None:
    done = run_moved("2028-02-29", sys.executable, "-c", SAYS_THE_DAY)
    expected = (0, ["2028-02-29"]) if can_be_moved() else (1, [])
    assert (done.returncode, done.stdout.splitlines()[1:]) == expected


def test_the_command_fails_as_it_would_without() -> None:
    done = run_moved("tomorrow", sys.executable, "-c", "raise SystemExit(7)")
    assert done.returncode == (7 if can_be_moved() else 1)


def test_a_day_is_meant_in_england_and_in_the_morning() -> None:
    assert moment_of("2027-04-01").isoformat() == "2027-04-01T10:30:00+01:00"
    assert moment_of("2027-03-31T23:30:00+00:00").isoformat() == "2027-03-31T23:30:00+00:00"


def test_the_clock_is_moved_by_whole_seconds() -> None:
    noon = datetime(2027, 1, 1, 12, tzinfo=UTC)
    assert seconds_until(noon.replace(hour=13), noon) == 3600
    assert seconds_until(noon, noon.replace(microsecond=600_000)) == -1
    assert all(moment_of(day).tzinfo for day in HARD_DAYS)


def test_what_the_gate_runs_on_hard_days_is_there() -> None:
    lines = (ROOT / "tests" / "dated.txt").read_text().splitlines()
    folders = [line for line in lines if not line.startswith("#")]
    assert folders
    assert [folder for folder in folders if not (ROOT / folder).is_dir()] == []


def test_a_day_is_a_day_in_england() -> None:
    taken = [
        name_of(path)
        for path in python("services", "shared", "deploy")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "date"
        if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "func")
    ]
    assert set(taken) - DAYS_READ == {"shared/clock.py"}
    written = [path for path in python("services", "shared", "deploy") if "migrations" not in path.parts]
    assert [name_of(path) for path in written if DAY_WITHOUT_ZONE.search(path.read_text())] == []
