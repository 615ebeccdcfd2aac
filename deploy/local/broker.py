"""The broker: nats-server from its wheel, with JetStream on files and users, on loopback only."""

import sysconfig
from dataclasses import dataclass
from pathlib import Path

from deploy.broker_users import OPERATOR, broker_address, broker_users
from deploy.keys import write_private
from deploy.local.home import Home

# What a broker that loses power had not yet written, each service publishes again: see shared/positions.py.
CONFIGURATION = """\
server_name: doorway
listen: "{host}:{port}"
http: "{host}:{monitoring_port}"
jetstream {{
  store_dir: "{data}"
  sync_interval: {sync_interval}
}}
authorization {{
{users}}}
"""

# How often the broker writes to disk: see docs/decisions/0045.
WRITTEN_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Broker:
    """One nats-server."""

    folder: Path
    port: int
    monitoring_port: int
    secrets: Path
    disposable: bool

    @property
    def url(self) -> str:
        """The address with the operator's user and password."""
        return broker_address(f"nats://127.0.0.1:{self.port}", self.secrets, OPERATOR)

    @property
    def health_url(self) -> str:
        """The address that answers 200 once the broker is ready."""
        return f"http://127.0.0.1:{self.monitoring_port}/healthz"

    def command(self) -> list[str]:
        """The command that runs the broker in the foreground."""
        program = Path(sysconfig.get_path("scripts")) / "nats-server"
        return [str(program), "-c", str(self.folder / "nats.conf")]

    def prepare(self) -> None:
        """Write the configuration."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = configuration(
            host="127.0.0.1",
            port=self.port,
            monitoring_port=self.monitoring_port,
            data=str(self.folder / "data"),
            secrets=self.secrets,
            disposable=self.disposable,
        )
        write_private(self.folder / "nats.conf", text)


def configuration(
    *, host: str, port: int, monitoring_port: int, data: str, secrets: Path, disposable: bool = False
) -> str:
    """The configuration of a broker, wherever it runs."""
    interval = "2m" if disposable else f"{WRITTEN_SECONDS}s"
    return CONFIGURATION.format(
        host=host,
        port=port,
        monitoring_port=monitoring_port,
        data=data,
        users=broker_users(secrets),
        sync_interval=interval,
    )


def broker_of(home: Home, port: int, monitoring_port: int, *, disposable: bool = False) -> Broker:
    """The broker of a home; its users' passwords are in the home's secrets."""
    return Broker(home.path / "nats", port, monitoring_port, home.secrets, disposable)
