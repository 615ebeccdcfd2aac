"""The settings of all services as environment variables, made from the secrets and the addresses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

from deploy.broker_users import broker_address
from deploy.databases import database_address, read_passwords
from deploy.keys import write_private
from shared.manifest import Service, manifests, services_called_by


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers and services of one stack are."""

    postgres_url: str
    nats_url: str
    ports: Mapping[str, int]
    pattern: str = "http://127.0.0.1:{port}"

    def url_of(self, service: str) -> str:
        """The base address of a service."""
        return self.pattern.format(service=service, port=self.ports[service])


def environment(secrets: Path, addresses: Addresses) -> dict[str, str]:
    """The settings of all services and of the migrations."""
    found: dict[str, str] = {}
    for name, service in manifests().items():
        own = own_settings(service, secrets, addresses) | local_settings(service, addresses.ports)
        found |= {f"{name.upper()}_{setting.upper()}": value for setting, value in own.items()}
    return found


def own_settings(service: Service, secrets: Path, addresses: Addresses) -> dict[str, str]:
    """What a service needs to know, by the names of its settings: addresses and the files of its secrets."""
    name, words = service.name, read_passwords(secrets)

    def database_url(role: str) -> str:
        return database_address(addresses.postgres_url, database=name, user=role, password=words[role])

    called = services_called_by(name)
    return (
        {
            "database_url": database_url(name),
            "migration_url": database_url(f"{name}_owner"),
            "nats_url": broker_address(addresses.nats_url, secrets, name),
            "seal_key_file": str(secrets / f"{name}_seal_key"),
        }
        | {role.setting: database_url(role.name) for role in service.roles}
        | {f"{secret.setting}_file": str(secrets / f"{name}_{secret.setting}") for secret in service.secrets}
        | {f"{other}_url": addresses.url_of(other) for other in called}
        | ({"token_private_key_file": str(secrets / f"{name}_token_private_key.pem")} if called else {})
        | token_keys(service, secrets)
    )


def token_keys(service: Service, secrets: Path) -> dict[str, str]:
    """Where a service finds the public keys of those who may call it."""
    if service.is_entrance:
        return {}
    return {"token_public_keys_file": str(secrets / f"{service.name}_token_public_keys.json")}


def local_settings(service: Service, ports: Mapping[str, int]) -> dict[str, str]:
    """The settings of a service on a stack of one machine; none when the stack has no port that they name."""
    try:
        return {name: Template(value).substitute(ports) for name, value in service.local.items()}
    except KeyError:
        return {}


def settings_of_service(service: str, settings: Mapping[str, str]) -> dict[str, str]:
    """What one running service may see: its own settings, without the address of its database's owner."""
    prefix = f"{service.upper()}_"
    return {
        name: value
        for name, value in settings.items()
        if name.startswith(prefix) and not name.endswith("_MIGRATION_URL")
    }


def settings_of_api(service: str, settings: Mapping[str, str]) -> dict[str, str]:
    """What a service's api may see: its settings without those that the manifest keeps for its worker."""
    withheld = tuple(f"{service}_{start}".upper() for start in manifests()[service].worker_only)
    own = settings_of_service(service, settings)
    return {name: value for name, value in own.items() if not name.startswith(withheld)}


def fields_of(service: str, settings: Mapping[str, str]) -> dict[str, Any]:
    """A service's settings by the names of their fields, with the contents of the files that they name."""
    found = {}
    for name, value in settings_of_service(service, settings).items():
        field = name.removeprefix(f"{service.upper()}_").lower()
        from_file = field.endswith("_file")
        # Lists are JSON in the environment.
        given = json.loads(value) if value.startswith("[") else value
        found[field.removesuffix("_file")] = Path(value).read_text().strip() if from_file else given
    return found


def write_settings(path: Path, settings: Mapping[str, str]) -> None:
    """Keep settings as lines of NAME=value in a private file."""
    write_private(path, "".join(f"{name}={value}\n" for name, value in settings.items()))


def read_settings(path: Path) -> dict[str, str]:
    """Read the settings that a file keeps; none when it is not there."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines())
    return {name: value for name, _, value in lines if name}


def with_files(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings, with the addresses that stand in files under their own names: a container has them so."""
    files = {
        name.removesuffix("_FILE"): Path(path)
        for name, path in settings.items()
        if name.endswith("_URL_FILE") and name.removesuffix("_FILE") not in settings
    }
    return {**settings, **{name: file.read_text().strip() for name, file in files.items() if file.is_file()}}
