"""The command `doorway`."""

import os
from pathlib import Path

import typer

from deploy.commands.words import Words
from deploy.environment import read_settings, with_files
from deploy.local.home import home_of_checkout

app = typer.Typer(
    cls=Words,
    help="Find the doors of your health and care system, be heard, and be told what happened.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def use_local_settings() -> None:
    """Find the doors of your health and care system, be heard, and be told what happened."""
    # What the environment says wins, itself or by a file: the same commands work on any other stack.
    for name, value in (read_settings(settings_file()) | with_files(os.environ)).items():
        os.environ.setdefault(name, value)


def settings_file() -> Path:
    """The file of all services' settings: the one that DOORWAY_SETTINGS names, or that of the local stack."""
    return Path(os.environ.get("DOORWAY_SETTINGS") or home_of_checkout().settings)


if __name__ == "__main__":
    app()
