"""The state of a stack: written whole, read as it was written."""

import os
import time

from deploy.local.home import Home
from deploy.local.processes import Identity
from deploy.local.state import ProcessState, State, read_state


def test_the_state_file_is_never_half_written(home: Home) -> None:
    home.make()
    home.state.write_text('{"phase": "st')
    assert read_state(home) is None
    State(phase="up", processes={"nats": ProcessState("nats", Identity(1, 2.0))}).write(home)
    assert read_state(home) == State(phase="up", processes={"nats": ProcessState("nats", Identity(1, 2.0))})
    assert [file.name for file in home.path.iterdir() if file.is_file()] == ["state.json"]


def test_a_stack_is_supervised_while_its_supervisor_runs() -> None:
    mine, gone = Identity.of_pid(os.getpid()), Identity(os.getpid(), time.time() - 100_000)
    assert State(supervisor=mine).is_supervised()
    assert not State(supervisor=gone).is_supervised()
    assert not State().is_supervised()


def test_leftovers_are_the_programs_that_still_run() -> None:
    mine, gone = Identity.of_pid(os.getpid()), Identity(os.getpid(), time.time() - 100_000)
    found = {name: ProcessState(name, each) for name, each in (("a", mine), ("b", gone), ("c", None))}
    assert [each.name for each in State(processes=found).leftovers()] == ["a"]
