"""`doorway feedback sending …`: what waits to be told, and letting go what was held."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sending.desk import counts, release
from services.feedback.settings import Settings
from shared.db import make_engine, make_sessions

app = typer.Typer(help="Telling people by mail.", no_args_is_help=True)
Result = TypeVar("Result")


@app.command("status")
def show_status() -> None:
    """Say whom mail is sent to, and how many tellings are in which state."""
    settings = Settings()
    typer.echo(f"Sending is on {settings.sending}: {MODES[settings.sending]}")
    for state, why, count in asyncio.run(within(settings, counts)):
        typer.echo(f"{count:>7,}  {state}{f' ({why})' if why else ''}")


@app.command("release")
def release_held() -> None:
    """Let what is held be sent as far as the present mode allows; the rest is held again."""
    typer.echo(f"{asyncio.run(within(Settings(), release)):,} tellings are let go.")


MODES = {
    "hold": "nobody gets mail, all of it is held.",
    "allow_list": "only addresses on the list get mail, the rest is held.",
    "live": "everybody gets mail who allows it.",
}


async def within(settings: Settings, work: Callable[[AsyncSession], Awaitable[Result]]) -> Result:
    """Do some work in a transaction of its own."""
    engine = make_engine(settings)
    try:
        async with make_sessions(engine).begin() as session:
            return await work(session)
    finally:
        await engine.dispose()
