"""Clocks: time limits that run from a named instant until they are met."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.models import Loop
from services.loop.records import Clock

Kind = Literal["acknowledge", "decide", "update", "verdict", "revisit"]


async def start(
    session: AsyncSession, loop: Loop, kind: Kind, at: datetime, *, due_on: date | None = None
) -> None:
    """Start a clock of a loop; `due_on` is for a date that the body named itself."""


async def meet(session: AsyncSession, loop: Loop, kind: Kind, at: datetime) -> None:
    """Stop the running clock of this kind, if there is one: what it was for has been done."""
    running = update(Clock).where(Clock.loop_id == loop.id, Clock.kind == kind, Clock.met_at.is_(None))
    await session.execute(running.values(met_at=at))
