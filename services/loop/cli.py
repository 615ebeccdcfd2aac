"""Commands of the loop service: `doorway loop …`."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from services.loop.history import domain as history
from services.loop.history.chain import Verified
from services.loop.history.queries import all_loop_ids
from services.loop.loops.domain import republish_after
from services.loop.settings import Settings
from shared.db import make_engine, make_sessions
from shared.outbox import republish_all

app = typer.Typer(help="You said, we did.", no_args_is_help=True)


@app.callback()
def loop() -> None:
    """You said, we did."""


@app.command()
def republish() -> None:
    """Send the present state of every loop again, so that copies of it can be rebuilt."""
    typer.echo(f"{asyncio.run(republish_all(Settings(), republish_after))} loops sent again.")


@app.command()
def verify(
    loop_id: Annotated[UUID | None, typer.Argument(help="The loop to check.")] = None,
    *,
    every_loop: Annotated[bool, typer.Option("--all", help="Check every loop.")] = False,
) -> None:
    """Check the history of a loop, or of all: each hash, each link, each text; 1 when something is broken."""
    if (loop_id is None) is not every_loop:
        raise typer.BadParameter("name one loop, or say --all")
    broken = asyncio.run(verify_loops(Settings(), loop_id))
    raise typer.Exit(1 if broken else 0)


async def verify_loops(settings: Settings, loop_id: UUID | None) -> int:
    """Say of each loop whether its history is as it was written; return how many are broken."""
    engine, broken = make_engine(settings), 0
    sessions = make_sessions(engine)
    async with sessions.begin() as session:
        wanted = [loop_id] if loop_id else await all_loop_ids(session)
    for each in wanted:
        async with sessions.begin() as session:
            broken += not say(each, await history.verify(session, each)).intact
    typer.echo(f"{len(wanted)} checked, {broken} broken.")
    await engine.dispose()
    return broken


def say(loop_id: UUID, found: Verified) -> Verified:
    """Say what came of checking one loop, and return it."""
    word = "intact" if found.intact else f"BROKEN at entry {found.first_broken}"
    typer.echo(f"{loop_id}  {word}  {found.length} entries, head {found.head[:16]}…  {found.detail}")
    return found
