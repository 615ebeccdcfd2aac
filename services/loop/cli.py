"""Commands of the loop service: `doorway loop …`."""

import asyncio

import typer

from services.loop.loops.domain import republish_after
from services.loop.settings import Settings
from shared.db import make_engine, make_sessions

app = typer.Typer(help="You said, we did.", no_args_is_help=True)


@app.callback()
def loop() -> None:
    """You said, we did."""


@app.command()
def republish() -> None:
    """Send the present state of every loop again, so that copies of it can be rebuilt."""
    typer.echo(f"{asyncio.run(republish_all(Settings()))} loops sent again.")


async def republish_all(settings: Settings) -> int:
    """Save the present state of every loop for publishing, some at a time; return how many."""
    engine, sent, last = make_engine(settings), 0, None
    sessions = make_sessions(engine)
    while True:
        async with sessions.begin() as session:
            ids = await republish_after(session, last)
        if not ids:
            break
        sent, last = sent + len(ids), ids[-1]
    await engine.dispose()
    return sent
