"""Ports: chosen once and kept, and chosen again only when another program has taken one."""

import json
import random
import socket
from collections.abc import Iterable, Mapping

from deploy.keys import SERVICES
from deploy.local.home import Home
from shared.manifest import manifests

GATEWAY_PORT = 8080
# As in containers: the port at which the gateway answers.
WISHED_PORT = "DOORWAY_PORT"
NAMES = (
    "postgres",
    "nats",
    "nats_monitoring",
    *SERVICES,
    *(f"{process}_metrics" for service in SERVICES for process in (service, f"{service}_worker")),
    *(port for each in manifests().values() for port in each.ports),
)
# Below the range from which the system gives ports to outgoing connections.
RANGE = (20_000, 32_000)
PORT_MAX = 65_535


def wished_port(settings: Mapping[str, str]) -> int:
    """The port that the settings wish for the gateway; ValueError says what is wrong with it."""
    wish = settings.get(WISHED_PORT) or str(GATEWAY_PORT)
    if not (wish.isascii() and wish.isdigit() and 1 <= int(wish) <= PORT_MAX):
        raise ValueError(f"{WISHED_PORT} is {wish!r}. It must be a port: a number from 1 to {PORT_MAX}.")
    return int(wish)


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of the loopback address now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_free_port(taken: Iterable[int]) -> int:
    """A free port that is none of these."""
    others = set(taken)
    while True:
        port = random.randint(*RANGE)
        if port not in others and is_free(port):
            return port


def find_free_port(start: int) -> int:
    """The first free port from this one on."""
    return next(port for port in range(start, PORT_MAX + 1) if is_free(port))


def choose_ports(home: Home, *, gateway_port: int | None = GATEWAY_PORT) -> dict[str, int]:
    """A port for each name: the one kept from before if it is free, otherwise another; they are kept.

    Only right while nothing of this home runs. Without a wished `gateway_port` the gateway gets any.
    """
    kept: dict[str, int] = json.loads(home.ports.read_text()) if home.ports.exists() else {}
    chosen = {name: port for name, port in kept.items() if name in NAMES and is_free(port)}
    if gateway_port and (chosen.get("gateway") is None or is_free(gateway_port)):
        chosen["gateway"] = find_free_port(gateway_port)
    for name in NAMES:
        if name not in chosen:
            chosen[name] = choose_free_port(chosen.values())
    home.ports.write_text(json.dumps(chosen))
    return chosen


def read_ports(home: Home) -> dict[str, int]:
    """The ports that were chosen."""
    found: dict[str, int] = json.loads(home.ports.read_text())
    return found
