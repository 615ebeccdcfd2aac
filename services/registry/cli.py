"""`doorway registry …`: fill the registry, and publish its state again."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from services.registry.bodies import domain as bodies
from services.registry.checks.command import check
from services.registry.imports.domain import AnotherImport, load_folder
from services.registry.imports.files import BadFile
from services.registry.imports.ods import convert_folder
from services.registry.imports.summary import COUNTED, Line, Summary
from services.registry.mergers import commands as mergers
from services.registry.models import Body
from services.registry.routing.checking import app as routing
from services.registry.settings import Settings
from shared.db import own_transaction

app = typer.Typer(
    help="Footprints, organisations, who leads them and how to reach them.", no_args_is_help=True
)
app.add_typer(routing, name="routing")
app.add_typer(mergers.app)
app.command()(check)
# Fewer lines than this are always listed; with an option the first 200. A report has all of them.
LISTED_UNASKED, LISTED_MAX = 20, 200
DATA_HELP = (
    "A folder with some of the files of services/registry/data, or with files as ODS publishes them. "
    "What only missing files say stays as it is. By default: the data that ships with the registry."
)
DAY_HELP = "The day on which ODS published epraccur.csv, etr.csv, ect.csv, succ.csv or succarc.csv."
DRY_HELP = "Do everything and show the result, but store nothing."
REJECTED_HELP = "List the rows that could not be used. Fewer than 20 are always listed."
CHANGED_HELP = "List what changed for each body, before and after."
REPORT_HELP = (
    "Write all that was rejected, overruled, kept by hand, disputed or changed to this file: CSV, or JSON by"
    " its name."
)


@app.command("import")
def import_(
    *,
    data: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help=DATA_HELP)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=DRY_HELP)] = False,
    show_rejected: Annotated[bool, typer.Option("--show-rejected", help=REJECTED_HELP)] = False,
    show_changed: Annotated[bool, typer.Option("--show-changed", help=CHANGED_HELP)] = False,
    report: Annotated[Path | None, typer.Option(dir_okay=False, help=REPORT_HELP)] = None,
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help=DAY_HELP)] = None,
) -> None:
    """Load footprints, organisations, leaders, contacts and postcodes from files.

    A second import changes and publishes nothing. A newer file changes only what it says differently, from
    its own day on, and each changed body is published once. It never overwrites what a steward wrote, but
    lists it. An import is one transaction: one that stops leaves nothing behind, and you can start again.
    """
    console = Console()
    columns = TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %")
    settings = Settings()
    try:
        with (
            convert_folder(data or settings.data_path, as_of.date() if as_of else None) as folder,
            Progress(*columns, TimeElapsedColumn(), console=console) as progress,
        ):
            summary = asyncio.run(import_all(settings, progress, folder, is_dry=dry_run))
    except (BadFile, AnotherImport, DBAPIError) as error:
        reason = str(error)
        if isinstance(error, DBAPIError):
            reason = f"The database refused what a file says: {str(error.orig).splitlines()[0]}"
        console.print(f"{reason}\nNothing was stored.", style="red", markup=False, highlight=False)
        raise typer.Exit(1) from error
    if report:
        summary.write(report)
    print_summary(console, summary, rejected=show_rejected, changed=show_changed)
    if dry_run:
        console.print("This was a dry run: nothing was stored or published.", style="bold")


def print_summary(console: Console, summary: Summary, *, rejected: bool, changed: bool) -> None:
    """Print the result of an import."""
    table = Table("", *COUNTED)
    for part, counts in summary.counts.items():
        table.add_row(part, *(f"{counts[each]:,}" for each in COUNTED))
    console.print(table)
    for note in summary.notes:
        console.print(note, markup=False)
    print_lines(console, summary.rejected, "--show-rejected", is_asked=rejected)
    print_lines(console, summary.overruled, "--report", is_asked=rejected)
    print_lines(console, summary.kept, "--report", is_asked=rejected)
    if summary.disputed:
        console.print(f"{len(summary.disputed):,} facts are disputed: stewards find them at /v1/disputes.")
    if changed:
        print_lines(console, summary.changed, "--report", is_asked=True)


def print_lines(console: Console, lines: Sequence[Line], option: str, *, is_asked: bool) -> None:
    """Print lines: a few always, more with an option, never too many."""
    most = LISTED_MAX if is_asked else LISTED_UNASKED - 1
    shown = lines[:most] if is_asked or len(lines) <= most else ()
    for line in shown:
        console.print(str(line), markup=False, highlight=False, soft_wrap=True)
    if left := len(lines) - len(shown):
        all_of_them = "--report FILE writes all of them." if is_asked else f"{option} lists them."
        console.print(f"… and {left:,} more ({lines[0].what}): {all_of_them}", markup=False)


async def import_all(settings: Settings, progress: Progress, folder: Path, *, is_dry: bool) -> Summary:
    """Load a folder, with a bar for each part. A dry run is rolled back at the end."""
    bars: dict[str, TaskID] = {}

    def report(part: str, share: float) -> None:
        if part not in bars:
            bars[part] = progress.add_task(part, total=1)
        progress.update(bars[part], completed=share)

    async with own_transaction(settings) as session:
        summary = await load_folder(session, folder, report)
        if is_dry:
            await session.rollback()
        return summary


@app.command()
def republish() -> None:
    """Publish the present state of every body again, so that other services can rebuild their copies."""
    count = asyncio.run(republish_all(Settings()))
    typer.echo(f"The state of {count:,} bodies will be published again.")


async def republish_all(settings: Settings) -> int:
    """Publish the state of every body that was not withdrawn; how many there are."""
    async with own_transaction(settings) as session:
        known = select(Body.id).where(Body.withdrawn_at.is_(None)).order_by(Body.id)
        ids = (await session.scalars(known.with_for_update(key_share=True))).all()
        await bodies.republish_bodies(session, ids)
        return len(ids)
