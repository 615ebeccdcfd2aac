"""The services' own commands, loaded only when one is called: `doorway registry import` and the like."""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import typer
from typer.core import TyperGroup

# The word on the command line, and where its commands are.
WORDS = {
    "registry": "services.registry.cli",
    "feedback": "services.feedback.cli",
    "loop": "services.loop.cli",
    "client": "services.gateway.cli",
}


class WithServices(TyperGroup):
    """The group of all commands: its own, and those of the services that are there."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of all commands."""
        return [*super().list_commands(ctx), *(word for word, module in WORDS.items() if find_spec(module))]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return one command, by loading the service that has it."""
        if cmd_name not in WORDS:
            return super().get_command(ctx, cmd_name)
        found = typer.main.get_group(import_module(WORDS[cmd_name]).app)
        found.name = cmd_name
        return found
