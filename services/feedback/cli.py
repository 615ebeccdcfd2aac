"""`doorway feedback …`: import feedback from files, and publish its state again."""

import asyncio
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.feedback.imports.domain import FeedbackImporter, ImportSummary
from services.feedback.imports.fft import DEMONSTRATION, NotThisFormat
from services.feedback.items.domain import restate_feedback_after
from services.feedback.items.intake import IntakeTools
from services.feedback.items.words import mask_again
from services.feedback.moderation.commands import list_overdue
from services.feedback.sending.commands import app as sending
from services.feedback.settings import Settings
from shared.copies import UNKNOWN_BODY
from shared.db import make_engine, make_sessions, repeat_in_transactions
from shared.outbox import republish_all

app = typer.Typer(help="Feedback: what people said, and what happened to it.", no_args_is_help=True)
app.add_typer(sending, name="sending")
app.command("retention")(list_overdue)
# The registry may have been loaded a moment ago, so that its bodies are still on their way.
ARRIVAL_SECONDS = 60.0
SHOWN_MAX = 20


@app.command("import")
def import_(
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="CSV or CSV.gz.")] = None,
    *,
    demo: Annotated[
        bool, typer.Option("--demo", help="The real comments of the North East Ambulance Service.")
    ] = False,
) -> None:
    """Import comments of the Friends and Family Test; a second import changes nothing."""
    path = DEMONSTRATION if demo else file
    if path is None:
        raise typer.BadParameter("give a file, or use --demo")
    console = Console()
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    try:
        with Progress(*columns, console=console) as progress:
            summary = asyncio.run(import_file(Settings(), path, progress))
    except (NotThisFormat, *UNKNOWN_BODY) as error:
        console.print(f"The import stopped: {error}", markup=False)
        raise typer.Exit(1) from error
    print_summary(console, summary)


async def import_file(settings: Settings, path: Path, progress: Progress) -> ImportSummary:
    """Import a file, with a progress bar."""
    bar = progress.add_task("feedback", total=None)
    engine = make_engine(settings)
    connection = await asyncpg.connect(settings.database_url, timeout=10)
    try:
        async with IntakeTools.open(settings) as tools:
            sessions, patient = make_sessions(engine), tools.awaiting_all(ARRIVAL_SECONDS)
            return await FeedbackImporter(connection, sessions, patient).import_file(
                path, lambda done, total: progress.update(bar, completed=done, total=total)
            )
    finally:
        await connection.close()
        await engine.dispose()


def print_summary(console: Console, summary: ImportSummary) -> None:
    """Print how many rows were imported or rejected; never their content."""
    console.print(
        f"{summary.new:,} new, {summary.changed:,} changed, {summary.unchanged:,} unchanged, "
        f"{len(summary.rejected):,} rejected."
    )
    for field, count in sorted(summary.left_out.items()):
        console.print(f"{field} could not be read in {count:,} rows, and was left out of them.", markup=False)
    for reason in summary.rejected[:SHOWN_MAX]:
        console.print(reason, markup=False)


@app.command()
def republish() -> None:
    """Publish the present state of all feedback again, so that copies of it can be rebuilt."""
    count = asyncio.run(republish_all(Settings(), restate_feedback_after))
    typer.echo(f"The state of {count:,} pieces of feedback is being published again.")


@app.command("mask-again")
def mask_again_() -> None:
    """Mask the words again that were masked by earlier rules; the worker also does this every hour."""
    typer.echo(f"{asyncio.run(repeat_in_transactions(Settings(), mask_again)):,} pieces masked again.")
