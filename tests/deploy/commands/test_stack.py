"""What the commands of the stack print."""

import os
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
import typer
from rich.console import Console

from deploy.commands import stack as commands
from deploy.local.home import Home
from deploy.local.logs import follow_logs
from deploy.local.processes import Identity
from deploy.local.state import STARTING, UP, ProcessState, State


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> StringIO:
    """What is printed, as a wide terminal shows it."""
    file = StringIO()
    monkeypatch.setattr(commands, "console", Console(file=file, width=200))
    return file


@pytest.fixture
def made(home: Home, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home in the place of the checkout's, with ports and nothing that runs."""
    home.make()
    home.ports.write_text('{"gateway": 8081}')
    monkeypatch.setattr(commands, "home_of_checkout", lambda: home)
    return home


def other() -> Identity:
    """A process that is not there."""
    return Identity(os.getpid(), time.time() - 100_000)


def test_a_taken_port_is_told_with_the_setting_that_chooses_another(
    made: Home, printed: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    wished: list[int] = []
    monkeypatch.setattr(commands, "bring_up", lambda *_, gateway_port, **_more: wished.append(gateway_port))
    for port in ("8081", "9000"):
        monkeypatch.setenv("DOORWAY_PORT", port)
        commands.start_anew(made)
    assert wished == [8081, 9000]
    told = "Port 9000 is in use by another program. The gateway is at http://127.0.0.1:8081 instead."
    assert f"{told} To choose a port: make down, then DOORWAY_PORT=<port> make up." in printed.getvalue()
    assert "Port 8081" not in printed.getvalue()
    monkeypatch.setenv("DOORWAY_PORT", "http")
    with pytest.raises(typer.BadParameter, match="DOORWAY_PORT is 'http'"):
        commands.start_anew(made)


def test_status_of_a_stack_that_is_down_says_so(made: Home, printed: StringIO) -> None:
    with pytest.raises(typer.Exit):
        commands.status()
    assert "Doorway is down." in printed.getvalue()


def test_status_shows_restarts_and_the_last_lines_of_what_died(made: Home, printed: StringIO) -> None:
    died = ProcessState("loop-api", None, False, 2, "killed by SIGKILL at 12:00:00", ["the [last] line"])
    well = ProcessState("nats", Identity.of_pid(os.getpid()), ready=True)
    state = State(UP, supervisor=Identity.of_pid(os.getpid()), processes={"loop-api": died, "nats": well})
    commands.print_status(made, state)
    shown = printed.getvalue()
    assert "http://127.0.0.1:8081: up" in shown
    assert "loop-api killed by SIGKILL at 12:00:00; before that it wrote:\n  the [last] line" in shown
    assert [cell.strip() for cell in row(shown, "loop-api")] == ["waiting to be started again", "", "", "2"]
    assert [cell.strip() for cell in row(shown, "nats")][:2] == ["ready", str(os.getpid())]


def row(shown: str, name: str) -> list[str]:
    """The cells after a name in a printed table."""
    line = next(line for line in shown.splitlines() if line.startswith(f"│ {name}"))
    return line.split("│")[2:-1]


def test_status_names_the_step_while_it_starts(made: Home, printed: StringIO) -> None:
    commands.print_status(
        made, State(STARTING, "preparing the databases", supervisor=Identity.of_pid(os.getpid()))
    )
    assert "starting: preparing the databases" in printed.getvalue()


def test_status_says_when_the_supervisor_died(made: Home, printed: StringIO) -> None:
    commands.print_status(made, State(UP, supervisor=other()))
    assert "its supervisor died" in printed.getvalue()


def test_down_says_whether_anything_ran(made: Home, printed: StringIO) -> None:
    commands.down()
    State(UP, supervisor=other()).write(made)
    commands.down()
    assert printed.getvalue().splitlines() == ["Doorway was not running.", "Doorway is down."]


def test_logs_show_the_last_lines_of_each_process(made: Home, capsys: pytest.CaptureFixture[str]) -> None:
    made.log_of("nats").write_text("one\ntwo\nthree\n")
    made.log_of("loop-api").write_text("four\n")
    commands.logs(None, lines=2)
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [
        ["loop-api", "four"],
        ["nats", "two"],
        ["nats", "three"],
    ]
    commands.logs("nats", lines=1)
    assert capsys.readouterr().out.split() == ["nats", "three"]


def test_logs_of_a_process_that_is_not_there_name_those_that_are(made: Home, printed: StringIO) -> None:
    made.log_of("nats").write_text("one\n")
    with pytest.raises(typer.Exit):
        commands.logs("nothing")
    assert "There are logs of: nats" in printed.getvalue()


def test_logs_are_followed_from_where_they_are(tmp_path: Path) -> None:
    log = tmp_path / "nats.log"
    log.write_text("before\n")
    lines = follow_logs([log])
    writer = [
        sys.executable,
        "-c",
        "import sys, time; time.sleep(0.5); open(sys.argv[1], 'a').write('after\\n')",
    ]
    with subprocess.Popen([*writer, str(log)]):
        assert next(lines) == ("nats", "after")
    lines.close()
