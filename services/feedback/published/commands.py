"""`doorway feedback import-counts`: load a Friends and Family Test workbook as NHS England publishes it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from services.feedback.files.sheets import FileFault
from services.feedback.published.domain import LoadedCounts, load_counts, read_counts
from services.feedback.settings import Settings
from shared.db import own_transaction

SHOWN_MAX = 20
Workbook = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="XLSX or XLSM.")]


def import_counts(file: Workbook) -> None:
    """Load published counts of the Friends and Family Test; the same file again changes nothing."""
    console = Console()
    try:
        loaded = asyncio.run(load_file(Settings(), file.read_bytes()))
    except FileFault as fault:
        console.print(f"Nothing was loaded: {fault}.", markup=False)
        raise typer.Exit(1) from fault
    console.print(
        f"{loaded.service}, {loaded.month}, edition {loaded.edition}: {loaded.stored:,} rows, "
        f"{loaded.withheld:,} of them withheld; {len(loaded.faults):,} left out.",
        markup=False,
    )
    if loaded.unknown_codes:
        codes = ", ".join(loaded.unknown_codes[:SHOWN_MAX])
        console.print(
            f"The registry does not know {len(loaded.unknown_codes):,} codes: {codes}", markup=False
        )
    for each in loaded.faults[:SHOWN_MAX]:
        console.print(each, markup=False)


async def load_file(settings: Settings, content: bytes) -> LoadedCounts:
    """Load a workbook in one transaction."""
    file = read_counts(content)
    async with own_transaction(settings) as session:
        return await load_counts(session, content, file)
