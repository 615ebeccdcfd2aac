"""Keeping whom mail can reach: marking it stale, so that the teller assesses it again, and telling of it."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.contributors.models import NEVER, Reach
from shared.events.feedback import ReachAssessed
from shared.ids import new_id

STALE: dict[str, object] = {"gate": "", "gate_read_at": NEVER}


async def mark_reach_stale(session: AsyncSession, feedback_id: UUID) -> None:
    """Let the teller assess a contributor, whether it has before or not."""
    row = insert(Reach).values(id=new_id(), version=0, feedback_id=feedback_id)
    await session.execute(row.on_conflict_do_update(index_elements=["feedback_id"], set_=STALE))


async def assessed_reach(session: AsyncSession, feedback_ids: Sequence[UUID]) -> Sequence[Reach]:
    """The reach of these pieces of feedback, where it is assessed."""
    known = Reach.feedback_id.in_(feedback_ids), Reach.state.is_not(None)
    return (await session.scalars(select(Reach).where(*known))).all()


def reach_event(reach: Reach) -> ReachAssessed:
    """The event that tells of a reach as it stands."""
    return ReachAssessed.model_validate(
        {
            "reach_id": reach.id,
            "feedback_id": reach.feedback_id,
            "reach": reach.state,
            "reason": reach.reason,
            "mailed_ref": reach.mailed_ref,
        }
    )
