"""Reading commitments: those that wait for their owner, and those that are overdue."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.loop.core.access import locking
from services.loop.core.steps import RUNNING
from services.loop.models import Loop
from services.loop.records import Commitment


async def has_unaccepted_commitment(session: AsyncSession, loop_id: UUID) -> bool:
    """Whether a commitment of a loop waits for its owner to accept it."""
    waiting = select(Commitment.id).where(Commitment.loop_id == loop_id, Commitment.accepted_at.is_(None))
    return await session.scalar(waiting.limit(1)) is not None


async def overdue_commitments(session: AsyncSession, loop_id: UUID, on: date) -> Sequence[Commitment]:
    """The overdue commitments of a locked loop whose slips are not counted yet."""
    late = select(Commitment).where(Commitment.loop_id == loop_id, is_newly_overdue(on))
    return (await session.scalars(late.order_by(Commitment.id))).all()


def is_newly_overdue(on: date) -> ColumnElement[bool]:
    """True for commitments whose due date has passed, that are not kept and whose slip is not counted yet."""
    uncounted = Commitment.slipped_from.is_distinct_from(Commitment.due_on)
    return and_(Commitment.kept_at.is_(None), Commitment.due_on < on, uncounted)


async def lock_overdue_loop(session: AsyncSession, on: date) -> Loop | None:
    """Lock one loop with an overdue commitment whose slip is not counted; skip what others have locked."""
    late = select(Commitment.loop_id).where(is_newly_overdue(on))
    wanted = select(Loop).where(Loop.id.in_(late), Loop.state.in_(RUNNING)).limit(1)
    return (await session.scalars(locking(wanted, skip_locked=True))).one_or_none()
