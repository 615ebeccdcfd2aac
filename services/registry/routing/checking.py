"""`doorway registry routing check`: for whoever edits the rules, before they are used."""

from pathlib import Path
from typing import Annotated

import typer

from services.registry.routing.cases import failures, read_cases
from services.registry.routing.reading import RulesBroken, read_rules
from services.registry.settings import Settings

SHIPPED: Path = Settings.model_fields["routing_path"].default
CASES = "routing_cases.yaml"
app = typer.Typer(help="The rules that say whom to turn to.", no_args_is_help=True)


@app.callback()
def rules() -> None:
    """The rules that say whom to turn to."""


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(envvar="REGISTRY_ROUTING_PATH", help="The file of rules.")
    ] = SHIPPED,
    cases: Annotated[
        Path | None, typer.Option(help="The table of cases; that beside the file, else the one shipped.")
    ] = None,
) -> None:
    """Say in which lines a file of rules is wrong, and which cases of the table it answers otherwise."""
    beside = file.parent / CASES
    try:
        book = read_rules(file)
        table = read_cases(cases or (beside if beside.exists() else SHIPPED.parent / CASES))
    except RulesBroken as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if wrong := list(failures(book, table)):
        typer.echo("\n".join(wrong), err=True)
        typer.echo(f"{len(wrong)} of {len(table)} cases are answered otherwise.", err=True)
        raise typer.Exit(1)
    typer.echo(
        f"{file.name}: {len(book.rules)} rules of version {book.version}, {len(table)} cases, all well."
    )
