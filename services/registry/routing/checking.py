"""`doorway registry routing check`: check edited rules, and the table of cases, before they are used.

The table says what the rules must answer, so that an edit changes no answer by mistake.
"""

from collections.abc import Iterator
from pathlib import Path as File
from typing import Annotated

import typer
from pydantic import Field

from services.registry.routing.reading import RulesBroken, read_rules, read_shape
from services.registry.routing.rules import Level, Matter, Name, RuleBook, Shape, Text, repeated_ids
from services.registry.settings import Settings

SHIPPED: File = Settings.model_fields["routing_path"].default
CASES = "routing_cases.yaml"
app = typer.Typer(help="The rules that say whom to turn to.", no_args_is_help=True)


class Case(Shape):
    """A case, and whom the answer must name in which order."""

    id: Name
    place: Text
    matter: Matter
    topic: Text | None = None
    level: Level = "local"
    expect: Annotated[list[Name], Field(min_length=1)]
    # Words that the first reason must contain.
    first_why: Text


class Table(Shape):
    """All cases."""

    cases: Annotated[list[Case], Field(min_length=1)]


def read_cases(file: File) -> list[Case]:
    """The cases of a file; RulesBroken when they cannot be read."""
    return read_shape(
        file, Table, lambda table: repeated_ids("cases", [case.id for case in table.cases])
    ).cases


def failures(book: RuleBook, cases: list[Case]) -> Iterator[str]:
    """Yield a sentence for each case that the rules answer differently."""
    for case in cases:
        topic = book.topic_of(case.topic) if case.topic else None
        if case.topic and topic is None:
            yield f"{case.id}: there is no topic `{case.topic}`"
            continue
        rule = book.rule_for(case.matter, topic, case.level)
        answered = [step.to for step in rule.steps]
        if answered != case.expect:
            yield f"{case.id}: expected {case.expect}, but rule {rule.id} says {answered}"
        elif case.first_why.lower() not in rule.steps[0].why.lower():
            yield f"{case.id}: the first reason of rule {rule.id} does not say `{case.first_why}`"


@app.callback()
def rules() -> None:
    """The rules that say whom to turn to."""


@app.command()
def check(
    file: Annotated[
        File, typer.Argument(envvar="REGISTRY_ROUTING_PATH", help="The file of rules.")
    ] = SHIPPED,
    cases: Annotated[
        File | None,
        typer.Option(help="The table of cases. By default the one beside the file, or the shipped one."),
    ] = None,
) -> None:
    """Say in which lines a file of rules is wrong, and which cases it answers differently."""
    beside = file.parent / CASES
    try:
        book = read_rules(file)
        table = read_cases(cases or (beside if beside.exists() else SHIPPED.parent / CASES))
    except RulesBroken as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    if wrong := list(failures(book, table)):
        typer.echo("\n".join(wrong), err=True)
        typer.echo(f"{len(wrong)} of {len(table)} cases have a different answer.", err=True)
        raise typer.Exit(1)
    typer.echo(f"{file.name}: {len(book.rules)} rules of version {book.version} and {len(table)} cases pass.")
