"""Where one local stack keeps its things."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Home:
    """The folder of one stack: data, secrets, logs and what is known of its processes."""

    path: Path

    @property
    def secrets(self) -> Path:
        """The folder of keys and passwords."""
        return self.path / "secrets"

    @property
    def logs(self) -> Path:
        """The folder of the processes' output."""
        return self.path / "logs"

    @property
    def state(self) -> Path:
        """The file in which the supervisor says how things are."""
        return self.path / "state.json"

    @property
    def ports(self) -> Path:
        """The file of the ports that were chosen."""
        return self.path / "ports.json"

    @property
    def settings(self) -> Path:
        """The file of all services' settings."""
        return self.path / "settings.env"

    def log_of(self, process: str) -> Path:
        """The file that a process writes its output to."""
        return self.logs / f"{process}.log"

    def make(self) -> "Home":
        """Make the folder; others may pass through it, for PostgreSQL's account, but not list it."""
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(0o711)
        self.logs.mkdir(exist_ok=True, mode=0o700)
        return self

    @contextmanager
    def locked(self, name: str, *, wait: bool = False) -> Iterator[None]:
        """Hold a lock that ends with the process at the latest; BlockingIOError when another holds it."""
        with (self.path / f"{name}.lock").open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield


def home_of_checkout() -> Home:
    """The home of the stack that this checkout runs."""
    return Home(CHECKOUT / ".doorway")
