"""A running stack on which the story is played: on this machine, or in containers."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.environment import read_settings
from deploy.local.home import Home
from deploy.local.ports import read_ports

HERE = "127.0.0.1"
DEMO = "docker compose -f docker-compose.yml -f deploy/compose/demo.yml run --rm demo"


@dataclass(frozen=True, slots=True)
class Stage:
    """The addresses of a stack, and the folder that records what was played on it."""

    folder: Path
    settings: Mapping[str, str]
    gateway_url: str
    broker_url: str
    published_url: str
    farewell: tuple[str, ...]
    # Where the story takes mail: feedback's worker must reach it. Its endpoints listen on `HERE`.
    mail_host: str = HERE

    @property
    def loop_database_url(self) -> str:
        """The loop's database, for the one step that changes a text behind the service's back."""
        return self.settings["LOOP_DATABASE_URL"]

    @property
    def mail_port(self) -> int:
        """The port to which the stack sends mail."""
        return int(self.settings["FEEDBACK_SMTP_PORT"])


def stage_of(home: Home) -> Stage:
    """The stage that the stack of a home is, at its ports of today."""
    ports = read_ports(home)
    url = f"http://{HERE}:{ports['gateway']}"
    return Stage(
        folder=home.path,
        settings=read_settings(home.settings),
        gateway_url=url,
        broker_url=f"http://{HERE}:{ports.get('nats_monitoring', 0)}",
        published_url=url,
        farewell=(
            "These keys are also in .doorway/demo.json.",
            "Show its state: make status. Stop it: make down.",
        ),
    )


def stage_in_containers(settings: Mapping[str, str]) -> Stage:
    """The stage that docker-compose.yml describes to its container `demo`; KeyError elsewhere."""
    return Stage(
        folder=Path(settings["DOORWAY_SETTINGS"]).parent,
        settings=settings,
        gateway_url=settings["DOORWAY_GATEWAY_URL"],
        broker_url=settings["DOORWAY_BROKER_MONITORING_URL"],
        published_url=settings["DOORWAY_PUBLISHED_URL"],
        farewell=(
            f"Print this again: {DEMO}",
            "Show its state: docker compose ps. Stop it: docker compose down.",
        ),
        mail_host=settings["DOORWAY_STORY_HOST"],
    )
