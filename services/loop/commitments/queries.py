"""Reading commitments: those that wait for their owner, and those that are overdue."""

from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import locking
from services.loop.core.steps import RUNNING
from services.loop.models import Loop
from services.loop.records import Commitment


async def is_any_unaccepted(session: AsyncSession, loop_id: UUID) -> bool:
    """Whether a commitment of a loop waits for its owner to accept it."""
    waiting = select(Commitment.id).where(Commitment.loop_id == loop_id, Commitment.accepted_at.is_(None))
    return await session.scalar(waiting.limit(1)) is not None


async def lock_overdue_loop(session: AsyncSession, on: date) -> Loop | None:
    """A loop, locked, with a due date that has passed and is not counted; others' locks are skipped."""
    uncounted = Commitment.slipped_from.is_distinct_from(Commitment.due_on)
    late = select(Commitment.loop_id).where(Commitment.kept_at.is_(None), Commitment.due_on < on, uncounted)
    wanted = select(Loop).where(Loop.id.in_(late), Loop.state.in_(RUNNING)).limit(1)
    return (await session.scalars(locking(wanted, skip_locked=True))).one_or_none()
