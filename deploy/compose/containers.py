"""docker-compose.yml: between marks it is made from the manifests of the services; the rest is by hand."""

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from deploy.compose.keys import addresses
from deploy.documents import Generated
from deploy.environment import own_settings, settings_of_api
from deploy.keys import make_keys
from deploy.local.home import CHECKOUT
from shared.manifest import Service, manifests

FILE = CHECKOUT / "docker-compose.yml"
MADE = re.compile(r"( *# made from the manifests by make docs: (\w+)\n).*?( *# until here\n)", re.DOTALL)
KINDS = ("api", "worker")
METRICS_PORT = 9464  # the usual one of exporters; reached from the stack's own network alone


def compose_file() -> str:
    """The text of docker-compose.yml with its marked regions made again."""
    regions = {
        "settings": settings_region(),
        "keys": [f"      - {volume}:/var/lib/doorway/{folder}" for folder, volume in volumes().items()],
        "containers": containers_region(),
        "demo": [f"      {each}: {{condition: service_healthy}}" for each in containers()],
        "volumes": [f"  {volume}:" for volume in volumes().values()],
    }
    return MADE.sub(lambda found: found[1] + lines(regions[found[2]]) + found[3], FILE.read_text())


def lines(text: Iterable[str]) -> str:
    """Lines as a file holds them."""
    return "".join(f"{line}\n" for line in text)


def containers() -> list[str]:
    """The names of all processes of services."""
    return [f"{name}-{kind}" for name in manifests() for kind in KINDS]


def volumes() -> dict[str, str]:
    """The volumes of secrets, by the folder that a service's processes have them from."""
    workers = [f"{name}-worker" for name, service in manifests().items() if service.worker_only]
    return {folder: f"{folder}-secrets" for folder in sorted([*manifests(), *workers])}


def settings_region() -> list[str]:
    """What each process reads, and what the operator chooses."""
    found = anchor(
        "chosen", {name: text for each in manifests().values() for name, text in chosen(each).items()}
    )
    with tempfile.TemporaryDirectory() as folder:
        make_keys(Path(folder))
        for service in manifests().values():
            whole = process_settings(service, Path(folder))
            shared = settings_of_api(service.name, whole)
            found += anchor(service.name, shared)
            if service.worker_only:
                further = {name: text for name, text in whole.items() if name not in shared}
                found += anchor(f"{service.name}-worker", further, base=service.name)
    return found


def anchor(name: str, settings: dict[str, str], base: str = "") -> list[str]:
    """Settings under a name that containers refer to, on top of those of another name."""
    merged = [f"  <<: *{base}"] if base else []
    return [f"x-{name}: &{name}", *merged, *(f"  {key}: {text}" for key, text in settings.items()), ""]


def chosen(service: Service) -> dict[str, str]:
    """The settings of a service that the operator chooses, as environment variables."""
    return {f"{service.name}_{name}".upper(): f"'{text}'" for name, text in service.in_containers.items()}


def process_settings(service: Service, secrets: Path) -> dict[str, str]:
    """What a service's worker reads, as environment variables; secrets and passwords are files."""
    found = {
        f"{service.name}_ready_file".upper(): "/tmp/ready",  # noqa: S108 -- in a container of its own
        f"{service.name}_metrics_port".upper(): f"'{METRICS_PORT}'",
        f"{service.name}_metrics_host".upper(): "0.0.0.0",
    }
    for name, value in own_settings(service, secrets, addresses(secrets)).items():
        field = name.removesuffix("_file")
        if value.startswith("http"):
            found[f"{service.name}_{field}".upper()] = value
        elif name != "migration_url":
            found[f"{service.name}_{field}_file".upper()] = f"/run/doorway/{field}"
    return found | chosen(service)


def containers_region() -> list[str]:
    """The api and the worker of each service."""
    found: list[str] = []
    for name, service in manifests().items():
        own = f"{name}-worker" if service.worker_only else name
        found += container(service, "api", name, ["inside", "outside"])
        if service.is_entrance:
            found.insert(-1, '    ports: ["${DOORWAY_BIND:-127.0.0.1}:${DOORWAY_PORT:-8080}:8000"]')
        found += container(service, "worker", own, ["inside", "outside", "stage"])
    return found


def container(service: Service, kind: str, settings: str, networks: list[str]) -> list[str]:
    """One process: its command, its settings, its secrets, and the networks if it must reach the outside."""
    return [
        f"  {service.name}-{kind}:",
        f"    <<: *{kind}",
        f"    command: [doorway-{kind}, {service.name}]",
        f"    environment: *{settings}",
        f"    volumes: [{settings}-secrets:/run/doorway:ro]",
        *([f"    networks: [{', '.join(networks)}]"] if kind in service.reaches_outside else []),
        "",
    ]


COMPOSE_FILE = Generated(FILE, compose_file)

if __name__ == "__main__":
    COMPOSE_FILE.write()
