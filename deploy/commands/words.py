"""The words of the command line; the code behind a word is loaded only when the word is used."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup

from shared.manifest import manifests

# Each word, and the function or group of commands that it stands for.
WORDS = {
    "demo": "deploy.commands.demo:demo",
    "up": "deploy.commands.stack:up",
    "down": "deploy.commands.stack:down",
    "status": "deploy.commands.stack:status",
    "logs": "deploy.commands.stack:logs",
    "clean": "deploy.commands.stack:clean_all",
    "setup": "deploy.commands.databases:setup",
    "migrate": "deploy.commands.databases:migrate_services",
    "openapi": "deploy.commands.documents:openapi",
    "asyncapi": "deploy.commands.documents:asyncapi",
    "events": "deploy.commands.documents:events",
    "play": "deploy.commands.play:play_in_containers",
    "doctor": "deploy.commands.doctor:doctor",
} | {service.command or name: f"services.{name}.cli:app" for name, service in manifests().items()}
# What starts processes on this machine: where the servers' wheels are not installed there are no such words.
LOCAL = ("demo", "up", "down", "status", "logs", "clean")


class Words(TyperGroup):
    """The group of all commands: our own, and those of the services that are there."""

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 -- the signature is typer's
        """All words."""
        found = [word for word, place in WORDS.items() if find_spec(place.partition(":")[0])]
        return found if find_spec("psutil") else [word for word in found if word not in LOCAL]

    def get_command(self, ctx: object, cmd_name: str) -> Any:
        """What a word stands for, None for a word that is not there."""
        return load_command(cmd_name) if cmd_name in self.list_commands(ctx) else None


def load_command(word: str) -> Any:
    """Load what a word stands for."""
    module, _, name = WORDS[word].partition(":")
    found = getattr(import_module(module), name)
    if not isinstance(found, typer.Typer):
        group = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        group.command(word)(found)
        return typer.main.get_command(group)
    commands = typer.main.get_group(found)
    commands.name = word
    return commands
