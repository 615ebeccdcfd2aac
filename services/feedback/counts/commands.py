"""`doorway feedback recount`: count everything again, and put right what is kept otherwise."""

import asyncio

import typer

from services.feedback.counts.folding import Drift, recount_all
from services.feedback.settings import Settings
from shared.db import make_engine, make_sessions


def recount() -> None:
    """Count every piece of feedback again, and put right wrong sums; public months stay as they are."""
    drift = asyncio.run(recount_feedback(Settings()))
    typer.echo(f"{drift.counted:,} pieces counted again.")
    typer.echo(f"Put right: what {drift.pieces:,} pieces add, and {drift.sums:,} sums.")


async def recount_feedback(settings: Settings) -> Drift:
    """Count every piece again, on an engine that ends with it."""
    engine = make_engine(settings, is_patient=True)
    try:
        return await recount_all(make_sessions(engine))
    finally:
        await engine.dispose()
