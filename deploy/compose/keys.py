"""Keys for the stack in containers: made once, and handed out so that each container has its own alone.

Run as `python -m deploy.compose.keys`; the container `keys` does, with a volume for each recipient.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from deploy.broker_users import OPERATOR, broker_address
from deploy.environment import Addresses, environment, settings_of_api, settings_of_service, write_settings
from deploy.keys import SERVICES, make_keys, write_private
from deploy.local.broker import configuration
from shared.manifest import manifests

NONE: Mapping[str, str] = MappingProxyType({})
VOLUMES = Path("/var/lib/doorway")
# Where each process finds its own secrets.
OWN = "/run/doorway"
PORT = 8000
# The same values as in the image and in docker-compose.yml.
POSTGRES, NATS, MONITORING = ("postgres", 5432), ("nats", 4222), 8222


def addresses(secrets: Path, settings: Mapping[str, str] = NONE) -> Addresses:
    """Where the services are, and the servers: the stack's own, or those that the settings name."""
    password = (secrets / "postgres_password").read_text().strip()
    postgres = f"postgresql://postgres:{password}@{POSTGRES[0]}:{POSTGRES[1]}/postgres"
    nats = settings.get("DOORWAY_NATS_URL") or f"nats://{NATS[0]}:{NATS[1]}"
    return Addresses(
        settings.get("DOORWAY_SUPERUSER_URL") or postgres,
        broker_address(nats, secrets, OPERATOR),
        dict.fromkeys(SERVICES, PORT),
        "http://{service}-api:{port}",
    )


def hand_out(volumes: Path, chosen: Mapping[str, str] = NONE) -> None:
    """Make all missing keys, and fill a folder for each container with those that it needs."""
    operator = volumes / "operator"
    make_keys(operator)
    at = addresses(operator, chosen)
    settings = environment(operator, at)
    for service in SERVICES:
        hand_to_service(volumes / service, service, settings_of_api(service, settings))
        if manifests()[service].worker_only:
            hand_to_service(volumes / f"{service}-worker", service, settings_of_service(service, settings))
    hand_to_servers(volumes, operator)
    own = {"DOORWAY_SECRETS": str(operator), "DOORWAY_SUPERUSER_URL": at.postgres_url}
    write_settings(operator / "settings.env", settings | own)


def hand_to_service(folder: Path, service: str, settings: Mapping[str, str]) -> None:
    """Put each secret of a service into a file that has the setting's name, without the service's."""
    folder.mkdir(mode=0o700, exist_ok=True)
    for name, value in settings.items():
        field = name.removeprefix(f"{service.upper()}_").lower()
        if field.endswith("_file"):
            write_private(folder / field.removesuffix("_file"), Path(value).read_text())
        elif field.endswith(("database_url", "nats_url")):
            write_private(folder / field, value)


def hand_to_servers(volumes: Path, operator: Path) -> None:
    """Hand PostgreSQL its password and NATS its configuration."""
    broker = configuration(
        host="0.0.0.0",
        port=NATS[1],
        monitoring_port=MONITORING,
        data="/data",
        secrets=operator,
    )
    (volumes / "nats-secret").mkdir(mode=0o700, exist_ok=True)
    write_private(volumes / "nats-secret" / "nats.conf", broker)
    (folder := volumes / "postgres-secret").mkdir(exist_ok=True)
    write_private(folder / "password", (operator / "postgres_password").read_text())
    # PostgreSQL runs under a number of its own and gets in as a member of our group.
    folder.chmod(0o750)
    (folder / "password").chmod(0o640)


def folders() -> list[str]:
    """The names of the folders that keys are handed out in: the image has one for each volume."""
    workers = [f"{name}-worker" for name, service in manifests().items() if service.worker_only]
    return ["postgres-secret", "nats-secret", *SERVICES, *workers]


if __name__ == "__main__":
    print(*folders()) if "--folders" in sys.argv else hand_out(VOLUMES, os.environ)
