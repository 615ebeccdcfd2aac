"""The settings of all services as environment variables, made from the secrets and the addresses."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.databases import TELLER, address, passwords
from deploy.keys import SERVICES, write_private


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the servers and services of one stack are."""

    postgres_url: str
    nats_url: str
    ports: Mapping[str, int]
    pattern: str = "http://127.0.0.1:{port}"

    def of(self, service: str) -> str:
        """Return the base address of a service."""
        return self.pattern.format(service=service, port=self.ports[service])


def environment(secrets: Path, addresses: Addresses) -> dict[str, str]:
    """Return the settings of all services and of the migrations."""
    found: dict[str, str] = {}
    for service in SERVICES:
        found |= of_every_service(service, secrets, addresses)
    found |= {"LOOP_REPLY_REF_KEY_FILE": str(secrets / "loop_reply_ref_key")}
    return found | of_the_gateway(secrets, addresses) | of_feedback(secrets, addresses)


def of_every_service(service: str, secrets: Path, addresses: Addresses) -> dict[str, str]:
    """Return what each service has to know."""
    prefix, words, url = service.upper(), passwords(secrets), addresses.postgres_url
    owner = f"{service}_owner"
    return {
        f"{prefix}_DATABASE_URL": address(url, database=service, user=service, password=words[service]),
        f"{prefix}_MIGRATION_URL": address(url, database=service, user=owner, password=words[owner]),
        f"{prefix}_NATS_URL": addresses.nats_url,
        f"{prefix}_SEAL_KEY_FILE": str(secrets / f"{service}_seal_key"),
    } | token_keys(service, secrets)


def token_keys(service: str, secrets: Path) -> dict[str, str]:
    """Return where a service finds the public keys of those who may call it."""
    keys = secrets / f"{service}_token_public_keys.json"
    return {f"{service.upper()}_TOKEN_PUBLIC_KEYS_FILE": str(keys)} if service != "gateway" else {}


def of_the_gateway(secrets: Path, addresses: Addresses) -> dict[str, str]:
    """Return what the gateway has to know besides."""
    services = {f"GATEWAY_{s.upper()}_URL": addresses.of(s) for s in SERVICES if s != "gateway"}
    return services | {
        "GATEWAY_TOKEN_PRIVATE_KEY_FILE": str(secrets / "gateway_token_private_key.pem"),
        "GATEWAY_ALLOWED_NETWORKS": '["127.0.0.0/8"]',
        "GATEWAY_TRUSTED_PROXIES": "[]",
    }


def of_feedback(secrets: Path, addresses: Addresses) -> dict[str, str]:
    """Return what the feedback service has to know besides."""
    return {
        "FEEDBACK_REGISTRY_URL": addresses.of("registry"),
        "FEEDBACK_REPLY_KEY_FILE": str(secrets / "feedback_reply_key"),
        "FEEDBACK_CONTRIBUTOR_PUBLIC_KEY_FILE": str(secrets / "feedback_contributor_public_key"),
        "FEEDBACK_TOKEN_PRIVATE_KEY_FILE": str(secrets / "feedback_token_private_key.pem"),
    } | of_the_teller(secrets, addresses)


def of_the_teller(secrets: Path, addresses: Addresses) -> dict[str, str]:
    """Return what only the part of feedback's worker has to know that tells people."""
    password = passwords(secrets)[TELLER]
    url = address(addresses.postgres_url, database="feedback", user=TELLER, password=password)
    return {
        "FEEDBACK_TELLER_DATABASE_URL": url,
        "FEEDBACK_CONTRIBUTOR_PRIVATE_KEY_FILE": str(secrets / "feedback_contributor_private_key"),
    } | of_the_mail(addresses.ports.get("mail"))


def of_the_mail(port: int | None) -> dict[str, str]:
    """Return to whom a stack on this machine sends: the invented people of the story, at its own sink."""
    if port is None:
        return {}
    return {
        "FEEDBACK_SENDING": "allow_list",
        "FEEDBACK_SENDING_ALLOW_LIST": '["@example.org"]',
        "FEEDBACK_SENDING_BATCH_SECONDS": "1",
        "FEEDBACK_SMTP_PORT": str(port),
    }


def of_one_service(service: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return what one running service may see: its own settings, and not its database's owner."""
    prefix = f"{service.upper()}_"
    return {
        name: value
        for name, value in settings.items()
        if name.startswith(prefix) and not name.endswith("_MIGRATION_URL")
    }


def of_one_api(service: str, settings: Mapping[str, str]) -> dict[str, str]:
    """Return what a service's api may see: it cannot read who said what, so it has no key for that."""
    kept = ("FEEDBACK_TELLER_", "FEEDBACK_CONTRIBUTOR_PRIVATE_", "FEEDBACK_SMTP_")
    own = of_one_service(service, settings)
    return {name: value for name, value in own.items() if not name.startswith(kept)}


def fields_of(service: str, settings: Mapping[str, str]) -> dict[str, Any]:
    """Return a service's settings by the names of their fields, with the contents of files they name."""
    found: dict[str, Any] = {}
    for name, value in of_one_service(service, settings).items():
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
    """Return the settings that a file keeps; none when it is not there."""
    if not path.exists():
        return {}
    lines = (line.partition("=") for line in path.read_text().splitlines())
    return {name: value for name, _, value in lines if name}
