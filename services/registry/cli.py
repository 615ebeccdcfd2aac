"""`doorway registry …`: fill the registry, and tell its state again."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies import domain as bodies
from services.registry.imports.domain import Summary, load
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
COUNTED = ("new", "changed", "unchanged", "rejected")


@app.command("import")
def import_(
    *, show_rejected: bool = typer.Option(False, help="List each row that could not be used.")
) -> None:
    """Load footprints, organisations, leaders, contacts and postcodes; a second time changes nothing."""
    console = Console()
    columns = TextColumn("{task.description:<12}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %")
    with Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        summary = asyncio.run(import_all(Settings(), progress))
    console.print(table_of(summary))
    if show_rejected:
        for file, reason in summary.rejected:
            console.print(f"{file}: {reason}", markup=False)


async def import_all(settings: Settings, progress: Progress) -> Summary:
    """Load everything, with a bar for each part."""
    bars: dict[str, TaskID] = {}

    def report(part: str, share: float) -> None:
        if part not in bars:
            bars[part] = progress.add_task(part, total=1)
        progress.update(bars[part], completed=share)

    engine = make_engine(settings)
    try:
        async with make_sessions(engine).begin() as session:
            return await load(session, settings.data_path, report)
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
            await bodies.restate(session, ids)
            return len(ids)
    finally:
        await engine.dispose()


async def locked_ids(session: AsyncSession) -> Sequence[UUID]:
    """Return the ids of all bodies, locked; those that will not be are forgotten."""
    known = select(Body.id).where(Body.withdrawn_at.is_(None))
    return (await session.scalars(known.order_by(Body.id).with_for_update())).all()
