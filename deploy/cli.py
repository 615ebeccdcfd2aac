"""The command `doorway`."""

import os

import typer

from deploy.commands import databases, demo, documents, stack
from deploy.commands.services import WithServices
from deploy.environment import read_settings
from deploy.local.home import home_of_checkout

app = typer.Typer(
    cls=WithServices,
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


app.command("demo")(demo.demo)
app.command("up")(stack.up)
app.command("down")(stack.down)
app.command("status")(stack.status)
app.command("logs")(stack.logs)
app.command("clean")(stack.clean_all)
app.command("setup")(databases.setup)
app.command("migrate")(databases.migrate_services)
app.command("openapi")(documents.openapi)
app.command("asyncapi")(documents.asyncapi)
app.add_typer(documents.events, name="events")

if __name__ == "__main__":
    app()
