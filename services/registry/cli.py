"""`doorway registry …`: fill the registry, and tell its state again."""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.imports.domain import AnotherImport, load
from services.registry.imports.files import BadFile
from services.registry.imports.summary import COUNTED, Summary
from services.registry.mergers import commands as mergers
from services.registry.models import Body
from services.registry.routing.checking import app as routing
from services.registry.settings import Settings
from shared.db import make_engine, make_sessions

app = typer.Typer(
    help="Footprints, organisations, who leads them and how to reach them.", no_args_is_help=True
)
app.add_typer(routing, name="routing")
app.add_typer(mergers.app)
# Fewer than these are always listed; of more, the first ones when asked for. A report holds all.
LISTED_UNASKED, LISTED_MAX = 20, 200
DRY = "This was a dry run: nothing was stored and nobody was told."
Data = Annotated[
    Path | None,
    typer.Option(
        "--data", exists=True, file_okay=False,
        help="A folder with some of the files of services/registry/data, such as a newer organisations.csv; "
        "what only absent files say stays as it is. By default the data that the registry ships with.",
    ),
]  # fmt: skip
Report = Annotated[
    Path | None,
    typer.Option(
        "--report", dir_okay=False,
        help="Write all that was rejected, kept by hand or changed into this file: CSV, or JSON by its name.",
    ),
]  # fmt: skip
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Do everything, show what came of it, store nothing.")
]
ShowRejected = Annotated[
    bool,
    typer.Option(
        "--show-rejected", help="List rows that could not be used; fewer than 20 are always listed."
    ),
]
ShowChanged = Annotated[
    bool, typer.Option("--show-changed", help="List what changed of each body, before and after.")
]


@app.command("import")
def import_(
    *,
    data: Data = None,
    dry_run: DryRun = False,
    show_rejected: ShowRejected = False,
    show_changed: ShowChanged = False,
    report: Report = None,
) -> None:
    """Load footprints, organisations, leaders, contacts and postcodes from files.

    A second time changes nothing and tells nobody. A newer file changes what it says otherwise, from its own
    day on, and each changed body is told of once. What a steward wrote is never overwritten: it is listed.
    It is one transaction: what is stopped in the middle leaves nothing behind and can be started again.
    """
    console = Console()
    columns = TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %")
    settings = Settings()
    try:
        with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
            summary = asyncio.run(import_all(settings, progress, data or settings.data_path, is_dry=dry_run))
    except (BadFile, AnotherImport) as error:
        stop(console, str(error))
    except DBAPIError as error:
        stop(console, f"The database refused what a file says: {str(error.orig).splitlines()[0]}")
    if report:
        summary.write(report)
    show(console, summary, rejected=show_rejected, changed=show_changed)
    if dry_run:
        console.print(DRY, style="bold")


def stop(console: Console, reason: str) -> None:
    """Say why nothing was imported, and exit with 1."""
    console.print(f"{reason}\nNothing was stored.", style="red", markup=False, highlight=False)
    raise typer.Exit(1)


def show(console: Console, summary: Summary, *, rejected: bool, changed: bool) -> None:
    """Print what came of an import."""
    console.print(table_of(summary))
    for note in summary.notes:
        console.print(note, markup=False)
    rows = [f"rejected: {row.at.file}, line {row.at.line}: {row.reason}" for row in summary.rejected]
    some(console, rows, "--show-rejected", is_asked=rejected)
    kept = [
        f"kept by hand: {k.body}, {k.fact}: {k.file}, line {k.line} says {k.says}; {k.reason}"
        for k in summary.kept
    ]
    some(console, kept, "--report", is_asked=rejected)
    if changed:
        lines = [f"changed: {c.body}, {c.fact}: {c.before} → {c.after}" for c in summary.changed]
        some(console, lines, "--report", is_asked=True)


def some(console: Console, lines: Sequence[str], option: str, *, is_asked: bool) -> None:
    """Print lines: a few always, more when they were asked for, never too many."""
    most = LISTED_MAX if is_asked else LISTED_UNASKED - 1
    shown: Iterable[str] = lines[:most] if is_asked or len(lines) <= most else ()
    for line in shown:
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if left := len(lines) - len(list(shown)):
        what = lines[0].partition(":")[0]
        all_of_them = "--report FILE writes all of them." if is_asked else f"{option} lists them."
        console.print(f"… and {left:,} more ({what}): {all_of_them}", markup=False)


async def import_all(settings: Settings, progress: Progress, folder: Path, *, is_dry: bool) -> Summary:
    """Load a folder, with a bar for each part; a dry run is undone in the end."""
    bars: dict[str, TaskID] = {}

    def report(part: str, share: float) -> None:
        if part not in bars:
            bars[part] = progress.add_task(part, total=1)
        progress.update(bars[part], completed=share)

    engine = make_engine(settings)
    try:
        async with make_sessions(engine).begin() as session:
            summary = await load(session, folder, report)
            if is_dry:
                await session.rollback()
            return summary
    finally:
        await engine.dispose()


def table_of(summary: Summary) -> Table:
    """Return the summary as a table."""
    table = Table("", *COUNTED)
    for part, counts in summary.counts.items():
        table.add_row(part, *(f"{counts[each]:,}" for each in COUNTED))
    return table


@app.command()
def republish() -> None:
    """Send the present state of every body again, so that other services can rebuild what they know."""
    told = asyncio.run(republish_all(Settings()))
    typer.echo(f"The state of {told:,} bodies is being told again.")


async def republish_all(settings: Settings) -> int:
    """Tell the state of every body, and return how many there are."""
    engine = make_engine(settings)
    try:
        async with make_sessions(engine).begin() as session:
            ids = await locked_ids(session)
            await bodies.republish_bodies(session, ids)
            return len(ids)
    finally:
        await engine.dispose()


async def locked_ids(session: AsyncSession) -> Sequence[UUID]:
    """Return the ids of all bodies, locked; those that will not be are forgotten."""
    known = select(Body.id).where(Body.withdrawn_at.is_(None))
    return (await session.scalars(known.order_by(Body.id).with_for_update(key_share=True))).all()
