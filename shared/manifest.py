"""The form of a manifest: what a service says of itself in `services/<name>/service.py`.

Everything around the services reads it: the gateway its table, scopes and limits; deploy its keys, ports,
databases and settings; the broker its streams; the tests their lists. A manifest is read as a file and not
imported, so a service can read the manifests of all others without depending on their code.
"""

import runpy
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

FOLDER = Path(__file__).parents[1] / "services"


@dataclass(frozen=True, slots=True)
class Limit:
    """How many requests one address may make in a minute; the setting `GATEWAY_<NAME>_LIMIT` changes it."""

    per_minute: int
    description: str
    # By client, many may share an address, and whoever has no key is counted by it. By path, an address may
    # send so many to each, and ten times as many in all. By misses, only what was not found counts: to the
    # client or, without a key, to the address; and ten times as many to the network.
    counts: Literal["address", "client", "misses", "path"] = "address"


@dataclass(frozen=True, slots=True)
class Route:
    """A path that can be reached through the gateway."""

    path: str
    limit: str | None = None  # a limit of its own, counted by address
    signed: bool = False  # the sender signs the body: the gateway reads no key and passes all headers on
    body_bytes_max: int = 0  # of a body that a client with a key announces, if the setting allows less
    tells_network: bool = False  # the service gets a keyed hash of the network that a request comes from
    one_of: str | None = None  # `loop`: an event that carries `loop_id` links here


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret and the setting that takes it; `doorway setup` makes it as `<service>_<setting>`.

    `random` is 32 bytes, `x25519` a private key. `public` is the other half of the key that `source` names;
    `derived` is derived from it for one purpose.
    """

    setting: str
    kind: Literal["random", "x25519", "public", "derived"] = "random"
    source: str = ""
    purpose: str = ""
    if_it_differs: str = ""  # what goes wrong when it does not fit its source


@dataclass(frozen=True, slots=True)
class Role:
    """A further role at the service's database, and the setting that takes its address."""

    name: str
    setting: str


@dataclass(frozen=True, slots=True)
class Service:
    """One service. Each also has a database with an owner and a role, a seal key, an api and a worker."""

    name: str
    question: str
    stream_days: int | None  # for how many days the broker keeps its events; None: for good
    command: str = ""  # the word after `doorway` for its commands; its name when empty
    routes: tuple[Route, ...] = ()
    limits: Mapping[str, Limit] = field(default_factory=dict)
    scopes: Mapping[str, str] = field(default_factory=dict)
    calls: tuple[str, ...] = ()  # the services that it asks, under a signing key of its own
    hears: tuple[str, ...] = ()  # the services whose events its worker takes
    secrets: tuple[Secret, ...] = ()
    roles: tuple[Role, ...] = ()
    grants: tuple[str, ...] = ()  # statements that set further rights in its database
    ports: tuple[str, ...] = ()  # further ports on a stack of one machine
    local: Mapping[str, str] = field(default_factory=dict)  # its settings there; `$mail` is a port's number
    in_containers: Mapping[str, str] = field(
        default_factory=dict
    )  # its settings that have another name there
    reaches_outside: tuple[
        Literal["api", "worker"], ...
    ] = ()  # its processes that leave the stack's own network
    worker_only: tuple[str, ...] = ()  # how settings begin that its api must not see
    is_entrance: bool = False  # it calls every service, says who is calling, and is asked by nobody


@cache
def manifests() -> Mapping[str, Service]:
    """The manifests of all services that are here, by name."""
    found = (read_manifest(path) for path in sorted(FOLDER.glob("*/service.py")))
    return {service.name: service for service in found}


def read_manifest(path: Path) -> Service:
    """The manifest in a file; ValueError unless it is the manifest of the folder that it is in."""
    service = runpy.run_path(str(path)).get("SERVICE")
    if not isinstance(service, Service) or service.name != path.parent.name:
        raise ValueError(f"{path} must define SERVICE, the manifest of {path.parent.name}")
    return service


def services_called_by(name: str) -> tuple[str, ...]:
    """The services that one asks under its own signing key; the entrance asks every other one."""
    if manifests()[name].is_entrance:
        return tuple(other for other in manifests() if other != name)
    return manifests()[name].calls


def services_heard_by(name: str) -> tuple[str, ...]:
    """The services whose events one takes; the entrance takes those of all."""
    return tuple(manifests()) if manifests()[name].is_entrance else manifests()[name].hears


def issuers_for(name: str) -> tuple[str, ...]:
    """The services whose tokens one accepts: the entrance first."""
    callers = [other for other in manifests() if name in services_called_by(other)]
    return tuple(sorted(callers, key=lambda other: not manifests()[other].is_entrance))


def inbox_prefix(user: str) -> str:
    """How the subjects begin on which the broker answers one user, and which nobody else may listen to."""
    return f"_INBOX_{user}" if user else "_INBOX"
