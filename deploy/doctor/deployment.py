"""What the doctor examines and finds: a deployment, the commands that help there, and faults."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.keys import SERVICES
from deploy.local.home import Home

# What helps, by the kind of deployment; `{}` is a service, a process or a file.
LOCAL = {
    "start": "make up",
    "restart": "make down up",
    "set up": "make down up",
    "migrate": "doorway migrate {}",
    "log": "doorway logs {}",
}
COMPOSE = {
    "start": "docker compose up -d --wait",
    "restart": "docker compose restart {}",
    "set up": "docker compose up -d --force-recreate keys && docker compose run --rm setup",
    "migrate": "docker compose run --rm migrate doorway migrate {}",
    "log": "docker compose logs --tail 50 {}",
}
OTHER = {
    "start": "start it, or correct its address in the settings",
    "restart": "restart {}",
    "set up": "doorway setup --secrets <folder> --superuser-url <address>",
    "migrate": "doorway migrate {}",
    "log": "read the log of {}",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: its name, what it is, and the next command.

    A note is not a fault: it states something that an operator should know.
    """

    name: str
    sentence: str
    next: str
    note: bool = False


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployment, as far as this machine or container can see it."""

    settings: Mapping[str, str]
    commands: Mapping[str, str]
    # The file that each service's worker touches while it is well, where it can be seen from here.
    ready_files: Mapping[str, Path] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    private_files: tuple[Path, ...] = ()

    def next(self, what: str, which: str = "") -> str:
        """The command that helps here."""
        return self.commands[what].format(which).strip()


def deployment_of(home: Home, settings: Mapping[str, str]) -> Deployment:
    """The deployment that these settings describe; the home is a local stack's, if there is one."""
    if settings.get("DOORWAY_STACK") == "compose":
        folder = Path(settings["DOORWAY_SETTINGS"])
        return Deployment(settings, COMPOSE, folders=(folder.parent,), private_files=(folder,))
    if "DOORWAY_SETTINGS" not in settings and home.settings.exists():
        ready = {service: home.path / f"{service}-worker.ready" for service in SERVICES}
        return Deployment(settings, LOCAL, ready, (home.path,), (home.settings,))
    ready = {
        service: Path(settings[name])
        for service in SERVICES
        if (name := f"{service.upper()}_READY_FILE") in settings
    }
    return Deployment(settings, OTHER, ready, (Path.cwd(),))
