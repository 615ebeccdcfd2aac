"""`doorway registry declare …`: a file of mergers, as `POST /v1/mergers` takes it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from services.registry.ledger.acts import Act
from services.registry.mergers.domain import declare
from services.registry.mergers.files import read_merger_file
from services.registry.mergers.schemas import MergerOut, NewMerger
from services.registry.settings import Settings
from shared.auth import Actor, Caller
from shared.db import own_transaction
from shared.errors import Problem
from shared.operators import ByOperator

app = typer.Typer()


@app.command("declare")
def declare_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, one link on each line.")],
    *,
    by: ByOperator,
    reason: str = typer.Option(help="Why, in one line that everybody may read."),
    source: str = typer.Option(help="Where people can check that."),
    effective_on: str | None = typer.Option(
        None, help="The first day of the successors, if the file does not name it."
    ),
    because_late: str | None = typer.Option(None, help="Why you declare it on its day or later."),
    dry_run: bool = typer.Option(False, help="Show what would happen, and change nothing."),
) -> None:
    """Declare mergers and splits of boards for a day to come."""
    beside = {
        "effective_on": effective_on,
        "reason": reason,
        "source": source,
        "because_late": because_late,
        "dry_run": dry_run,
    }
    try:
        new = read_merger_file(file.read_bytes(), **beside)
        merger = asyncio.run(declare_in(Settings(), new, by))
    except Problem as problem:
        for each in problem.errors:
            typer.echo(f"{each.pointer}: {each.detail}", err=True)
        typer.echo(problem.detail, err=True)
        raise typer.Exit(1) from problem
    typer.echo("\n".join(summary_lines(merger)))
    raise typer.Exit(1 if merger.problems else 0)


async def declare_in(settings: Settings, new: NewMerger, actor: Actor) -> MergerOut:
    """Declare a merger in the registry's database."""
    async with own_transaction(settings) as session:
        return await declare(session, new, Act.of(new, Caller(), actor))


def summary_lines(merger: MergerOut) -> list[str]:
    """What was declared, or what is wrong, line by line."""
    if merger.problems:
        return [f"{wrong.pointer}: {wrong.code}: {wrong.detail}" for wrong in merger.problems]
    done = "Would be declared" if merger.dry_run else f"Declared as {merger.id}"
    lines = [f"{done} for {merger.effective_on} ({merger.edition})."]
    lines += [f"opens   {body.codes.ods:<6} {body.name}" for body in merger.opened]
    lines += [f"closes  {body.codes.ods:<6} {body.name}" for body in merger.closes]
    for each in merger.links:
        before, after = each.predecessor.codes.ods, each.successor.codes.ods
        lines.append(f"{each.kind.replace('_', ' ')}: {before} → {after} {each.share:.4f}")
    assigned = f"{len(merger.to_be_assigned):,} to be assigned"
    return [*lines, f"{merger.organisations:,} organisations belonged to those that close, {assigned}."]
