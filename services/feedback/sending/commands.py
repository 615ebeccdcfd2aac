"""`doorway feedback sending …`: count the tellings that wait, and release those that were held."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sending.domain import release_held
from services.feedback.sending.queries import count_tellings
from services.feedback.settings import Settings
from shared.db import own_transaction
from shared.operators import ByOperator

app = typer.Typer(help="Telling people by mail.", no_args_is_help=True)
Result = TypeVar("Result")


@app.command("status")
def show_status() -> None:
    """Show who gets mail, and how many tellings are in which state."""
    settings = Settings()
    typer.echo(f"Sending is on {settings.sending}: {MODES[settings.sending]}")
    for state, why, count in asyncio.run(run_in_transaction(settings, count_tellings)):
        typer.echo(f"{count:>7,}  {state}{f' ({why})' if why else ''}")


@app.command("release")
def release(by: ByOperator) -> None:
    """Release what is held, as far as the present mode allows; the rest is held again."""
    count = asyncio.run(run_in_transaction(Settings(), lambda session: release_held(session, by)))
    typer.echo(f"{count:,} tellings are released.")


MODES = {
    "hold": "nobody gets mail, all of it is held.",
    "allow_list": "only addresses on the list get mail, the rest is held.",
    "live": "everybody who allows it gets mail.",
}


async def run_in_transaction(settings: Settings, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """Do some work in its own transaction."""
    async with own_transaction(settings) as session:
        return await work(session)
