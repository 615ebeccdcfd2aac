"""`doorway feedback …`: import feedback from files, and publish its state again."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.feedback.counts.commands import recount
from services.feedback.files.commands import (
    Asked,
    ImportStopped,
    SpreadsheetImport,
    rules_of_options,
    write_answers,
)
from services.feedback.files.schemas import RowResult
from services.feedback.imports.domain import FeedbackImporter, ImportSummary
from services.feedback.imports.fft import DEMONSTRATION, NotThisFormat
from services.feedback.items.domain import restate_feedback_after
from services.feedback.items.intake import IntakeTools
from services.feedback.items.words import mask_again
from services.feedback.moderation.commands import list_overdue
from services.feedback.published.commands import import_counts
from services.feedback.sending.commands import app as sending
from services.feedback.settings import Settings
from services.feedback.themes.commands import train
from shared.copies import UNKNOWN_BODY
from shared.db import make_engine, make_sessions, repeat_in_transactions
from shared.outbox import republish_all

app = typer.Typer(help="Feedback: what people said, and what happened to it.", no_args_is_help=True)
app.add_typer(sending, name="sending")
app.command("retention")(list_overdue)
app.command("import-counts")(import_counts)
app.command()(train)
app.command()(recount)
# The registry may have been loaded a moment ago, so that its bodies are still on their way.
ARRIVAL_SECONDS = 60.0
SHOWN_MAX = 20
BARS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
FileGiven = Annotated[
    Path | None, typer.Argument(exists=True, dir_okay=False, help="CSV, CSV.gz, XLSX or XLSM.")
]
Demo = Annotated[bool, typer.Option("--demo", help="The real comments of the North East Ambulance Service.")]
Organisation = Annotated[str | None, typer.Option(help="Whose spreadsheet it is, such as ods:RX6.")]
Columns = Annotated[
    list[str] | None,
    typer.Option(help="What a column is: A=experienced_on, B=rating:fft, C=answer. Else the headings say."),
]
SheetName = Annotated[str | None, typer.Option(help="The sheet; the first if left out.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Check each line, and store nothing.")]
Answers = Annotated[
    Path | None, typer.Option(help="Write here what became of each line, with its reply code.")
]


@app.command("import")
def import_(
    file: FileGiven = None,
    *,
    demo: Demo = False,
    organisation: Organisation = None,
    column: Columns = None,
    sheet: SheetName = None,
    dry_run: DryRun = False,
    answers: Answers = None,
) -> None:
    """Import a spreadsheet, or comments of the Friends and Family Test; a second import changes nothing."""
    path = DEMONSTRATION if demo else file
    if path is None:
        raise typer.BadParameter("give a file, or use --demo")
    console = Console()
    with saying_why_it_stopped(console), Progress(*BARS, console=console) as progress:
        if organisation is None:
            print_summary(console, asyncio.run(import_file(Settings(), path, progress)))
            return
        asked = rules_of_options(column or [], sheet, dry_run=dry_run)
        importing = import_spreadsheet(Settings(), path.read_bytes(), organisation, asked, progress)
        results = asyncio.run(importing)
        if answers:
            write_answers(answers, results)
        print_results(console, results, dry_run=dry_run)


@contextmanager
def saying_why_it_stopped(console: Console) -> Iterator[None]:
    """Say why an import stopped, and end with 1."""
    try:
        yield
    except (NotThisFormat, ImportStopped, *UNKNOWN_BODY) as error:
        console.print(f"The import stopped: {error}", markup=False)
        raise typer.Exit(1) from error


async def import_spreadsheet(
    settings: Settings, content: bytes, organisation: str, asked: Asked, progress: Progress
) -> list[RowResult]:
    """Import a spreadsheet for one organisation, with a progress bar."""
    async with SpreadsheetImport.open(settings, organisation, ARRIVAL_SECONDS) as spreadsheet:
        return await spreadsheet.run(content, asked, progress)


def print_results(console: Console, results: Sequence[RowResult], *, dry_run: bool) -> None:
    """Print how many lines came in, and what is wrong with the others; never their content."""
    wrong = [each for each in results if each.error]
    verb = "can be stored" if dry_run else "stored"
    console.print(f"{len(results) - len(wrong):,} {verb}, {len(wrong):,} refused.")
    for each in wrong[:SHOWN_MAX]:
        console.print(f"line {each.line}: {each.detail or each.error}", markup=False)
    if len(wrong) > SHOWN_MAX:
        console.print(f"… and {len(wrong) - SHOWN_MAX:,} more: `--answers FILE` writes all of them.")


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
