"""PostgreSQL from its wheel: data made once, started from its own program, on loopback only."""

import contextlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.account import Account, make_private_folder, remove_tree, unprivileged_account
from deploy.local.home import Home
from deploy.local.place import Place, place_of
from deploy.local.processes import Identity

SUPERUSER = "postgres"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    # Every client comes over loopback: no socket file, whose path could be too long for one.
    "unix_socket_directories": "",
    "max_connections": "200",
    "password_encryption": "scram-sha-256",
    # One machine shares its memory with all else, and its own cache holds what does not fit.
    "shared_buffers": "64MB",
    "io_workers": "1",
    "max_logical_replication_workers": "0",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
# For data that need not outlive the machine: it still survives the death of any process.
DISPOSABLE = {"fsync": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class Postgres:
    """One PostgreSQL server."""

    place: Place
    account: Account | None
    port: int
    password: str
    disposable: bool

    @property
    def url(self) -> str:
        """The superuser's address."""
        return f"postgresql://{SUPERUSER}:{self.password}@127.0.0.1:{self.port}/postgres"

    def command(self) -> list[str]:
        """The command that runs the server in the foreground."""
        settings = SETTINGS | {"port": str(self.port)} | (DISPOSABLE if self.disposable else {})
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.place.programs / "postgres"), "-D", str(self.place.data), *options]

    def probe(self) -> list[str]:
        """The command that succeeds once the server takes connections."""
        return [str(self.place.programs / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]

    def prepare(self) -> None:
        """Make the data unless it is there, and clear away what a server that died left."""
        if not (self.place.data / "PG_VERSION").exists():
            self._make_data()
        clear_stale_pid_file(self.place.data)

    def _make_data(self) -> None:
        part = self.place.data.with_name(f"{self.place.data.name}.part")
        remove_tree(part)
        make_private_folder(part, self.account)
        words = part.with_name(f"{part.name}.password")
        words.touch(mode=0o600)
        words.write_text(self.password)
        if self.account:
            self.account.own(words)
        try:
            self._initdb(part, words)
        finally:
            words.unlink()
        part.rename(self.place.data)

    def _initdb(self, data: Path, words: Path) -> None:
        # PostgreSQL's own C.UTF-8 sorts the same on every machine. With LC_CTYPE C, search would take
        # typographic quotes and dashes for letters, and a cluster cannot be changed later.
        command = [
            str(self.place.programs / "initdb"),
            "-D",
            str(data),
            "-U",
            SUPERUSER,
            f"--pwfile={words}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--lc-ctype=C.UTF-8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
            *(["--no-sync"] if self.disposable else []),
        ]
        who = self.account.subprocess_arguments() if self.account else {}
        done = subprocess.run(
            command, cwd=data, env={"LC_ALL": "C"}, capture_output=True, text=True, check=False, **who
        )
        if done.returncode:
            raise RuntimeError(f"PostgreSQL's data could not be made: {done.stderr.strip()}")


def postgres_of(home: Home, port: int, *, disposable: bool = False) -> Postgres:
    """The server of a home; its password is in the home's secrets."""
    account = unprivileged_account()
    password = (home.secrets / "postgres_password").read_text().strip()
    return Postgres(place_of(home, account), account, port, password, disposable)


def server_of(data: Path) -> Identity | None:
    """The server that runs on this data, whoever started it."""
    lines = pid_file_lines(data)
    if len(lines) < 3:
        return None
    with contextlib.suppress(psutil.Error, ValueError):
        process = psutil.Process(int(lines[0]))
        # Another process may have its number since: the third line is when that server started.
        if process.name() == "postgres" and works_in(process, data, int(lines[2])):
            return Identity.of(process)
    return None


def works_in(process: psutil.Process, folder: Path, started: int) -> bool:
    """Whether a process works in a folder; if this account may not know, whether it started then.

    When it started says less, because the clock may have been set since.
    """
    try:
        return Path(process.cwd()).resolve() == folder.resolve()
    except psutil.AccessDenied:
        return abs(process.create_time() - started) < 10


def clear_stale_pid_file(data: Path) -> None:
    """Remove the pid file of a server that no longer runs, for its number may be another's by now."""
    if pid_file_lines(data) and server_of(data) is None:
        (data / "postmaster.pid").unlink(missing_ok=True)


def pid_file_lines(data: Path) -> list[str]:
    """The lines of the server's pid file, none when there is no such file."""
    with contextlib.suppress(FileNotFoundError):
        return (data / "postmaster.pid").read_text().splitlines()
    return []
