"""The broker's users: the operator's, who may do all, and one of least rights for each service."""

import json
from pathlib import Path
from urllib.parse import quote, urlsplit

from deploy.keys import SERVICES, write_private
from shared.manifest import inbox_prefix, services_heard_by

OPERATOR = "doorway"
# The consumers that a worker may have, by the end of their names: see shared/consuming.py.
KINDS = ("copies", "reactions", "all")
FILE = "nats_users.conf"


def broker_password(secrets: Path, user: str) -> str:
    """The password of a user at the broker."""
    file = "nats_password" if user == OPERATOR else f"{user}_nats_password"
    return (secrets / file).read_text().strip()


def broker_address(url: str, secrets: Path, user: str) -> str:
    """The address of the broker at another address, for a user."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{quote(user)}:{quote(broker_password(secrets, user), safe='')}@{place}"


def broker_users(secrets: Path) -> str:
    """All users with their passwords and rights, as the broker's configuration has them."""
    operator = {"user": OPERATOR, "password": broker_password(secrets, OPERATOR)}
    services = [
        {"user": name, "password": broker_password(secrets, name), "permissions": rights_of(name)}
        for name in SERVICES
    ]
    return f"users: {json.dumps([operator, *services], indent=2)}\n"


def write_broker_users(secrets: Path) -> None:
    """Write the users into a file that the configuration of a broker of your own includes."""
    write_private(secrets / FILE, broker_users(secrets))


def rights_of(service: str) -> dict[str, list[str]]:
    """The subjects that a service may publish on and listen to.

    It publishes and reads its own events, makes its own stream and consumers, and takes what those get.
    No right lets it delete, purge or list anything: see docs/decisions/0030.
    """
    heard = [name.upper() for name in services_heard_by(service)]
    own = service.upper()
    used = list(dict.fromkeys((own, *heard)))
    streams = [f"$JS.API.STREAM.{act}.{name}" for name in used for act in ("CREATE", "INFO")]
    consumers = [f"{name}.{service}-{kind}" for name in heard for kind in KINDS]
    taking = [
        f"$JS.{right}"
        for each in consumers
        for right in (
            f"API.CONSUMER.DURABLE.CREATE.{each}",
            f"API.CONSUMER.INFO.{each}",
            f"API.CONSUMER.MSG.NEXT.{each}",
            f"ACK.{each}.>",
        )
    ]
    looking = [f"$JS.API.STREAM.MSG.GET.{name}" for name in used]
    return {
        "publish": [f"{service}.>", f"$JS.API.STREAM.UPDATE.{own}", *streams, *looking, *taking],
        "subscribe": [f"{inbox_prefix(service)}.>"],
    }
