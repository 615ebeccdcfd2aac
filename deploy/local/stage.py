"""The stack of this machine as a stage."""

from deploy.environment import read_settings
from deploy.local.home import Home
from deploy.local.ports import kept_ports
from deploy.stage import HERE, Stage


def stage_of(home: Home) -> Stage:
    """Return the stage that the stack of a home is, at its ports of today."""
    ports = kept_ports(home)
    url = f"http://{HERE}:{ports['gateway']}"
    return Stage(
        folder=home.path,
        settings=read_settings(home.settings),
        gateway_url=url,
        broker_url=f"http://{HERE}:{ports.get('nats_monitoring', 0)}",
        published_url=url,
        farewell=(
            "The same stands in .doorway/demo.json.",
            "See how it is: make status. Stop it: make down.",
        ),
    )
