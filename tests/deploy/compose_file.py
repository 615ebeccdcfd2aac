"""docker-compose.yml as the tests read it."""

from functools import cache
from typing import Any

import yaml

from deploy.keys import SERVICES
from tests.repository.tree import ROOT

LASTING = [f"{service}-{kind}" for service in SERVICES for kind in ("api", "worker")]
SERVERS = ["postgres", "nats"]
ONCE = ["keys", "setup", "migrate"]
ALL = [*SERVERS, *ONCE, *LASTING, "demo"]


@cache
def compose() -> dict[str, Any]:
    """The compose file."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return found


def container(name: str) -> dict[str, Any]:
    """One container's description."""
    found: dict[str, Any] = compose()["services"][name]
    return found
