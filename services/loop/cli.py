"""Commands of the loop service: `doorway loop …`."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from services.loop.history.chain import HistoryCheck
from services.loop.history.domain import check_history
from services.loop.history.masking import mask_again
from services.loop.history.queries import all_loop_ids, entries_of
from services.loop.history.stream import differing_heads, read_heads
from services.loop.loops.domain import republish_loops
from services.loop.settings import Settings
from services.loop.sums.folding import Drift, recount_all
from shared.db import make_engine, make_sessions, repeat_in_transactions
from shared.outbox import republish_all

app = typer.Typer(help="You said, we did.", no_args_is_help=True)


@app.callback()
def loop() -> None:
    """You said, we did."""


@app.command()
def republish() -> None:
    """Publish the present state of every loop again, so that copies of it can be rebuilt."""
    typer.echo(f"{asyncio.run(republish_all(Settings(), republish_loops))} loops published again.")


@app.command("mask-again")
def mask_again_() -> None:
    """Mask the words again that were masked by earlier rules; the worker also does this every hour."""
    typer.echo(f"{asyncio.run(repeat_in_transactions(Settings(), mask_again)):,} texts masked again.")


@app.command()
def recount() -> None:
    """Count every loop again for the figures of boards and measures, and put right sums that are wrong."""
    drift = asyncio.run(recount_figures(Settings()))
    typer.echo(f"{drift.counted:,} loops counted again.")
    typer.echo(f"Put right: what {drift.loops:,} loops add, and {drift.sums:,} sums.")


async def recount_figures(settings: Settings) -> Drift:
    """Count every loop again, on an engine that ends with it."""
    engine = make_engine(settings, is_patient=True)
    try:
        return await recount_all(make_sessions(engine))
    finally:
        await engine.dispose()


@app.command()
def verify(
    loop_id: Annotated[UUID | None, typer.Argument(help="The loop to check.")] = None,
    *,
    every_loop: Annotated[bool, typer.Option("--all", help="Check every loop.")] = False,
    against_stream: Annotated[
        bool, typer.Option("--against-stream", help="Compare with the heads in the broker's events too.")
    ] = False,
) -> None:
    """Check the history of a loop, or of all, and what is shown of it. Exit with 1 if one is broken."""
    if (loop_id is None) is not every_loop:
        raise typer.BadParameter("name one loop, or use --all")
    broken = asyncio.run(verify_loops(Settings(), loop_id, against_stream=against_stream))
    raise typer.Exit(1 if broken else 0)


async def verify_loops(settings: Settings, loop_id: UUID | None, *, against_stream: bool) -> int:
    """Print for each loop whether its history is as it was written and told; how many are broken."""
    # Read before the histories, which only grow.
    carried = await read_heads(settings.nats_url, loop_id) if against_stream else {}
    engine, broken = make_engine(settings), 0
    sessions = make_sessions(engine)
    async with sessions.begin() as session:
        loop_ids = [loop_id] if loop_id else await all_loop_ids(session)
    for each in loop_ids:
        async with sessions.begin() as session:
            check = await check_history(session, each)
            differing = differing_heads(await entries_of(session, each), carried.get(each, ()))
        print_check(each, check)
        for sentence in differing:
            typer.echo(f"{each}  DIFFERS  {sentence}")
        broken += bool(differing) or not check.intact
    for gone in carried.keys() - set(loop_ids):
        typer.echo(f"{gone}  GONE  Events tell of this loop, and it is not in the database.")
        broken += 1
    typer.echo(f"{len(loop_ids)} checked, {broken} broken.")
    await engine.dispose()
    return broken


def print_check(loop_id: UUID, check: HistoryCheck) -> None:
    """Print the result of checking one loop."""
    word = "intact" if check.intact else f"BROKEN at entry {check.first_broken}"
    typer.echo(f"{loop_id}  {word}  {check.length} entries, head {check.head[:16]}…  {check.detail}")
