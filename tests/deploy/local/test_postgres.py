"""PostgreSQL of a home: started without privileges, safe against kills, reachable by password."""

import asyncio
import os
import signal
import stat
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.local.home import Home
from deploy.local.ports import read_ports
from deploy.local.postgres import Postgres, clear_stale_pid_file, postgres_of, server_of, works_in
from deploy.local.processes import Identity
from deploy.local.stack import bring_down
from deploy.local.state import read_state
from tests.fixtures.homes import BringUp, eventually

FIRST, SECOND = "CREATE TABLE kept AS SELECT 42 AS answer", "SELECT answer FROM kept"


def server(home: Home) -> Postgres:
    """The server of a home."""
    return postgres_of(home, read_ports(home)["postgres"])


def ask(url: str, statement: str) -> object:
    """Run one statement and return its value."""

    async def asked() -> object:
        connection = await asyncpg.connect(url)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(asked())


def restarts(home: Home) -> int:
    """How often the server had to be started again."""
    state = read_state(home)
    return state.processes["postgres"].restarts if state else 0


def running(home: Home) -> Identity:
    """The running server."""
    found = server_of(server(home).place.data)
    assert found is not None
    return found


def test_it_keeps_its_data_and_does_not_run_as_root(home: Home, start: BringUp) -> None:
    start(parts=["postgres"])
    assert psutil.Process(running(home).pid).uids().real != 0
    ask(server(home).url, FIRST)
    bring_down(home)
    start(parts=["postgres"])
    assert ask(server(home).url, SECOND) == 42
    assert ask(server(home).url, "SHOW max_connections") == "200"
    assert ask(server(home).url, "SHOW listen_addresses") == "127.0.0.1"


def test_it_comes_back_with_its_data_after_a_kill(home: Home, start: BringUp) -> None:
    start(parts=["postgres"])
    ask(server(home).url, FIRST)
    first = running(home)
    first.send(signal.SIGKILL)

    def again() -> bool:
        state = read_state(home)
        return state is not None and state.processes["postgres"].ready and running(home) != first

    eventually(lambda: restarts(home) > 0)
    eventually(again)
    assert ask(server(home).url, SECOND) == 42


def test_nobody_gets_in_without_the_password(home: Home, start: BringUp) -> None:
    start(parts=["postgres"])
    found = server(home)
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(found.url.replace(found.password, "wrong"), "SELECT 1")


def test_a_server_that_nobody_recorded_is_ended_before_another_starts(home: Home, start: BringUp) -> None:
    start(parts=["postgres"])
    state, orphan = read_state(home), running(home)
    assert state is not None
    assert state.supervisor is not None
    state.supervisor.send(signal.SIGKILL)
    eventually(lambda: not state.is_supervised())
    home.state.unlink()
    start(parts=["postgres"])
    assert not orphan.runs()
    assert ask(server(home).url, "SELECT 1") == 1


def test_a_pid_file_whose_number_is_anothers_by_now_is_removed(tmp_path: Path) -> None:
    (tmp_path / "postmaster.pid").write_text(f"{os.getpid()}\n{tmp_path}\n1000000000\n5432\n")
    clear_stale_pid_file(tmp_path)
    assert not (tmp_path / "postmaster.pid").exists()
    clear_stale_pid_file(tmp_path)


def test_another_server_that_has_the_number_by_now_is_not_taken_for_ours(
    home: Home, start: BringUp, tmp_path: Path
) -> None:
    start(parts=["postgres"])
    other = running(home)
    (tmp_path / "postmaster.pid").write_text(f"{other.pid}\n{tmp_path}\n{other.started:.0f}\n5432\n")
    assert server_of(tmp_path) is None


def test_a_server_whose_folder_may_not_be_known_is_known_by_its_start(
    home: Home, start: BringUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(parts=["postgres"])
    found = running(home)

    def refuse(_: psutil.Process) -> str:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "cwd", refuse)
    process = psutil.Process(found.pid)
    assert works_in(process, Path("/"), round(found.started))
    assert not works_in(process, Path("/"), round(found.started) - 60)


def test_data_is_private_wherever_it_is(home: Home, start: BringUp) -> None:
    start(parts=["postgres"])
    assert stat.S_IMODE(server(home).place.data.stat().st_mode) == 0o700
