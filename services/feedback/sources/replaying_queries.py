"""Statements about the payloads in quarantine that a replay is about."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.sources.models import Payload, Quarantined
from services.feedback.sources.received_schemas import Replay


def ids_of_payloads_to_replay(source_id: UUID, wanted: Replay) -> Select[UUID]:
    """The ids of a source's payloads in quarantine that a replay is about, in their order."""
    chosen = [Payload.source_id == source_id, Payload.state == "quarantined"]
    if wanted.received_ids is not None:
        chosen.append(Payload.id.in_(wanted.received_ids))
    if wanted.since is not None:
        chosen.append(Payload.received_at >= wanted.since)
    if wanted.error_class is not None:
        of_class = Quarantined.received_id == Payload.id, Quarantined.error_class == wanted.error_class
        chosen.append(exists().where(*of_class))
    return select(Payload.id).where(*chosen).order_by(Payload.id)


async def ids_of_quarantined_payloads(
    session: AsyncSession, source_id: UUID, wanted: Replay
) -> Sequence[UUID]:
    """The payloads that a replay would map again."""
    return (await session.scalars(ids_of_payloads_to_replay(source_id, wanted))).all()


async def lock_quarantined_payloads(session: AsyncSession, source_id: UUID, wanted: Replay) -> Sequence[UUID]:
    """The payloads that a replay maps again, locked."""
    chosen = ids_of_payloads_to_replay(source_id, wanted).with_for_update(of=Payload)
    return (await session.scalars(chosen)).all()


async def count_answers_waiting(session: AsyncSession, received_ids: Sequence[UUID]) -> int:
    """How many answers of these payloads wait in quarantine."""
    waiting = select(func.count()).where(Quarantined.received_id.in_(received_ids))
    return await session.scalar(waiting) or 0


async def retry_payloads(session: AsyncSession, received_ids: Sequence[UUID], at: datetime) -> None:
    """Let the worker map locked payloads again."""
    again = update(Payload).where(Payload.id.in_(received_ids))
    await session.execute(again.values(state="received", tries=0, next_try_at=at))
