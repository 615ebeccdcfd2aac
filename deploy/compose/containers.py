"""docker-compose.yml: between marks it is made from the manifests of the services; the rest is by hand."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.compose.keys import OWN, addresses
from deploy.documents import Generated
from deploy.environment import own_settings, settings_of_api
from deploy.keys import make_keys
from deploy.local.home import CHECKOUT
from deploy.settings_page import settings_of
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
    with tempfile.TemporaryDirectory() as folder:
        make_keys(Path(folder))
        given = {name: given_settings(service, Path(folder)) for name, service in manifests().items()}
    free = {name: chosen(name, settings) for name, settings in given.items()}
    found = anchor("chosen", {name: text for each in free.values() for name, text in each.items()})
    for service in manifests().values():
        whole = given[service.name] | free[service.name]
        shared = settings_of_api(service.name, whole)
        found += anchor(service.name, shared)
        if service.worker_only:
            further = {name: text for name, text in whole.items() if name not in shared}
            found += anchor(f"{service.name}-worker", further, base=service.name)
    return found


def anchor(name: str, settings: dict[str, str], base: str = "") -> list[str]:
    """Settings under a name that containers refer to, on top of those of another name."""
    merged = [f"  <<: *{base}"] if base else []
    own = (f"  {key}: {text}".rstrip() for key, text in settings.items())
    return [f"x-{name}: &{name}", *merged, *own, ""]


def chosen(service: str, given: Mapping[str, str]) -> dict[str, str]:
    """The settings of a service that the operator chooses; Compose passes one without a value on as it is."""
    names = (f"{service}_{field}".upper() for field in settings_of(service).model_fields)
    left = (*given, *(name.removesuffix("_FILE") for name in given), f"{service}_TOKEN_PUBLIC_KEYS".upper())
    found = {name: "" for name in names if name not in left}
    named = manifests()[service].in_containers.items()
    return found | {f"{service}_{field}".upper(): f"'{text}'" for field, text in named}


def given_settings(service: Service, secrets: Path) -> dict[str, str]:
    """What a service's worker must read here, as environment variables; secrets and passwords are files."""
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
            found[f"{service.name}_{field}_file".upper()] = f"{OWN}/{field}"
    return found


def containers_region() -> list[str]:
    """The api and the worker of each service."""
    found: list[str] = []
    for name, service in manifests().items():
        own = f"{name}-worker" if service.worker_only else name
        found += container(service, "api", name)
        if service.is_entrance:
            found.insert(-1, '    ports: ["${DOORWAY_BIND:-127.0.0.1}:${DOORWAY_PORT:-8080}:8000"]')
        found += container(service, "worker", own)
    return found


def container(service: Service, kind: str, settings: str) -> list[str]:
    """One process: its command, copies, settings and secrets, and a network if it must reach the outside."""
    copies = f"DOORWAY_{service.name}_{kind}_COPIES".upper()
    return [
        f"  {service.name}-{kind}:",
        f"    <<: *{kind}",
        f"    command: [doorway-{kind}, {service.name}]",
        f"    scale: ${{{copies}:-1}}",
        f"    environment: *{settings}",
        f"    volumes: [{settings}-secrets:/run/doorway:ro]",
        *(["    networks: [inside, outside]"] if kind in service.reaches_outside else []),
        "",
    ]


COMPOSE_FILE = Generated(FILE, compose_file)

if __name__ == "__main__":
    COMPOSE_FILE.write()
