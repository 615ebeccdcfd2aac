"""Reading commitments across loops."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.loops.table import RUNNING
from services.loop.models import Loop
from services.loop.records import Commitment


async def any_unaccepted(session: AsyncSession, loop_id: UUID) -> bool:
    """Tell whether a commitment of a loop waits for its owner to accept it."""
    waiting = select(Commitment.id).where(Commitment.loop_id == loop_id, Commitment.accepted_at.is_(None))
    return await session.scalar(waiting.limit(1)) is not None


async def overdue_loop(session: AsyncSession, on: date) -> Loop | None:
    """Return a loop, locked, with a due date that has passed and is not yet counted; skip those in work."""
    uncounted = Commitment.slipped_from.is_distinct_from(Commitment.due_on)
    late = select(Commitment.loop_id).where(Commitment.kept_at.is_(None), Commitment.due_on < on, uncounted)
    wanted = select(Loop).where(Loop.id.in_(late), Loop.state.in_(RUNNING)).limit(1)
    locking = wanted.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return (await session.scalars(locking)).one_or_none()
