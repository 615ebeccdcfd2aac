"""A stack from outside, with real processes: nothing it starts outlives it, nothing else is touched."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack

import psutil
import pytest

from deploy.local.home import Home
from deploy.local.ports import choose_ports, read_ports
from deploy.local.processes import Identity
from deploy.local.stack import StackFailed, bring_down, is_up, remove_stack, supervisor_of
from deploy.local.state import ProcessState, State, read_state
from tests.fixtures.homes import BringUp, eventually


def broker(home: Home) -> ProcessState:
    """The state of the broker."""
    state = read_state(home)
    assert state is not None
    return state.processes["nats"]


def identity(home: Home) -> Identity:
    """The process that the broker runs as."""
    found = broker(home).identity
    assert found is not None
    return found


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that is none of ours."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def test_it_comes_up_ready_and_goes_down_with_nothing_left(home: Home, start: BringUp) -> None:
    start()
    assert is_up(home)
    supervisor, process = supervisor_of(home), identity(home)
    assert supervisor is not None
    with socket.create_connection(("127.0.0.1", read_ports(home)["nats"])):
        pass
    bring_down(home)
    assert not supervisor.runs()
    assert not process.runs()
    assert read_state(home) is None


def test_coming_up_again_changes_nothing(home: Home, start: BringUp) -> None:
    start()
    before = identity(home)
    start()
    assert identity(home) == before


def test_a_process_that_dies_is_started_again_and_the_state_says_so(home: Home, start: BringUp) -> None:
    start()
    first = identity(home)
    first.send(signal.SIGKILL)
    eventually(lambda: broker(home).restarts == 1 and broker(home).ready)
    assert identity(home).pid != first.pid
    assert (broker(home).last_exit or "").startswith("killed by SIGKILL at ")
    assert any("Server is ready" in line for line in broker(home).last_lines)


def test_what_a_killed_supervisor_left_is_ended_by_the_next_start(home: Home, start: BringUp) -> None:
    start()
    supervisor, orphan = supervisor_of(home), identity(home)
    assert supervisor is not None
    supervisor.send(signal.SIGKILL)
    eventually(lambda: not supervisor.runs())
    assert orphan.runs()
    start()
    assert not orphan.runs()
    assert is_up(home)


def test_down_ends_what_a_killed_supervisor_left(home: Home, start: BringUp) -> None:
    start()
    supervisor, orphan = supervisor_of(home), identity(home)
    assert supervisor is not None
    supervisor.send(signal.SIGKILL)
    eventually(lambda: not supervisor.runs())
    bring_down(home)
    assert not orphan.runs()


def test_a_number_that_is_anothers_by_now_is_left_alone(
    home: Home, start: BringUp, stranger: subprocess.Popen[bytes]
) -> None:
    home.make()
    before_the_restart = Identity(stranger.pid, psutil.Process(stranger.pid).create_time() - 1000)
    stale = ProcessState("nats", identity=before_the_restart, ready=True)
    State("up", supervisor=before_the_restart, processes={"nats": stale}).write(home)
    assert not is_up(home)
    start()
    assert is_up(home)
    bring_down(home)
    assert stranger.poll() is None


def test_it_ends_with_the_process_that_it_goes_with(
    home: Home, start: BringUp, stranger: subprocess.Popen[bytes]
) -> None:
    start(end_with=stranger.pid)
    process = identity(home)
    stranger.kill()
    stranger.wait()
    eventually(lambda: not process.runs() and read_state(home) is None)


def test_interrupted_while_it_starts_nothing_is_left(home: Home, start: BringUp) -> None:
    seen: list[Identity] = []

    def interrupt(_step: str) -> None:
        eventually(lambda: (state := read_state(home)) and state.leftovers())
        seen.append(identity(home))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        start(say=interrupt)
    assert not seen[0].runs()
    assert read_state(home) is None


def test_a_program_that_does_not_start_is_named_with_what_it_said(home: Home, start: BringUp) -> None:
    home.make()
    (home.path / "nats").mkdir()
    (home.path / "nats" / "data").write_text("in the way of its folder")
    with pytest.raises(StackFailed, match=r"nats did not start(.|\n)*not a directory"):
        start()
    assert supervisor_of(home) is None


def test_a_port_that_was_taken_after_it_was_chosen_is_chosen_again(
    home: Home, start: BringUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ExitStack() as opened:

        def choose_too_late(home: Home, *, gateway_port: int | None) -> dict[str, int]:
            monkeypatch.undo()
            chosen = choose_ports(home, gateway_port=gateway_port)
            opened.enter_context(socket.create_server(("127.0.0.1", chosen["nats"])))
            return chosen

        monkeypatch.setattr("deploy.local.stack.choose_ports", choose_too_late)
        start()
        assert identity(home).listens_on(read_ports(home)["nats"])


def test_a_process_listens_on_its_own_port_only(home: Home, start: BringUp) -> None:
    start()
    with socket.create_server(("127.0.0.1", 0)) as other:
        assert not identity(home).listens_on(other.getsockname()[1])
    assert not Identity(identity(home).pid + 1, 0.0).listens_on(read_ports(home)["nats"])


def test_a_second_supervisor_of_the_same_home_is_refused(home: Home, start: BringUp) -> None:
    start()
    command = [sys.executable, "-m", "deploy.local.supervisor", str(home.path), "--parts", "nats"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    eventually(lambda: is_up(home))
    assert "BlockingIOError" in done.stderr


def test_ports_are_kept_from_start_to_start(home: Home, start: BringUp) -> None:
    start()
    before = read_ports(home)
    bring_down(home)
    start()
    assert read_ports(home) == before


def test_clean_removes_everything(home: Home, start: BringUp) -> None:
    start()
    process = identity(home)
    remove_stack(home)
    assert not home.path.exists()
    assert not process.runs()
    remove_stack(home)
