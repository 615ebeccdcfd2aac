"""`doorway feedback retention`: list what the rule of retention would erase."""

import asyncio
from datetime import datetime
from typing import Annotated

import typer

from services.feedback.moderation.retention import Overdue, count_overdue
from services.feedback.settings import Settings
from services.feedback.sources.expiring import count_payloads_overdue
from shared.clock import beginning_of, day_in_england, now
from shared.db import own_transaction


def list_overdue(
    by: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="List what would go by this day; else now.")
    ] = None,
) -> None:
    """List how much feedback its sources keep no longer. The worker erases it; this command does not."""
    at = beginning_of(by) if by else now()
    overdue, waiting = asyncio.run(find_overdue(Settings(), at)), asyncio.run(count_waiting(Settings(), at))
    for each in overdue:
        typer.echo(
            f"{each.pieces:>7,}  received {day_in_england(each.first)} to {day_in_england(each.last)}, "
            f"kept {each.retention_days:,} days  {each.name} ({each.source_id})"
        )
    typer.echo(f"{sum(each.pieces for each in overdue):,} pieces of feedback would be erased.")
    if waiting:
        typer.echo(f"{waiting:,} payloads that wait to be mapped would be deleted.")


async def find_overdue(settings: Settings, at: datetime) -> list[Overdue]:
    """What would be erased at an instant."""
    async with own_transaction(settings) as session:
        return await count_overdue(session, at)


async def count_waiting(settings: Settings, at: datetime) -> int:
    """How many payloads would be deleted at an instant because they have waited for too long."""
    async with own_transaction(settings) as session:
        return await count_payloads_overdue(session, at)
