"""The command `doorway`."""

import os

import typer

from deploy.commands.words import Words
from deploy.environment import read_settings
from deploy.local.home import home_of_checkout

app = typer.Typer(
    cls=Words,
    help="Find the doors of your health and care system, be heard, and be told what came of it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def use_local_settings() -> None:
    """Find the doors of your health and care system, be heard, and be told what came of it."""
    # What the environment says wins: the same commands work on any other stack.
    for name, value in read_settings(home_of_checkout().settings).items():
        os.environ.setdefault(name, value)


if __name__ == "__main__":
    app()
