"""Closing a source for good: its secrets and what waits of it go, the feedback that it sent stays."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.errors import PayloadsWaiting
from services.feedback.sources.domain import find_source_to_use
from services.feedback.sources.models import Payload, Quarantined, RawBody, SourceMapping, SourceSecret
from services.feedback.sources.queries import CLOSED
from services.feedback.sources.received_schemas import ClosedSource
from shared.change_request import AttributedEditRequest
from shared.clock import now
from shared.versions import must_match

WAITING = ("received", "quarantined")


async def close_source(edit: AttributedEditRequest, source_id: UUID, *, discard: bool) -> ClosedSource:
    """Close a source; PayloadsWaiting if any of it waits, unless that is to be discarded."""
    session = edit.session
    source = await find_source_to_use(session, source_id, edit.caller, lock=True)
    must_match(source, edit.version)
    waiting = await count_waiting(session, source_id)
    if waiting and not discard:
        raise PayloadsWaiting(f"{waiting} payloads wait. {PayloadsWaiting.sentence()}")
    await discard_waiting(session, source_id)
    await session.execute(delete(SourceSecret).where(SourceSecret.source_id == source_id))
    # A sample may be a copy of a payload.
    samples = update(SourceMapping).where(SourceMapping.source_id == source_id)
    await session.execute(samples.values(samples=[]))
    source.state = CLOSED
    source.version += 1
    return ClosedSource(id=source_id, state=CLOSED, discarded=waiting)


async def count_waiting(session: AsyncSession, source_id: UUID) -> int:
    """How many payloads of a source wait to be mapped, or have an answer in quarantine."""
    waiting = select(func.count()).where(Payload.source_id == source_id, Payload.state.in_(WAITING))
    return await session.scalar(waiting) or 0


async def discard_waiting(session: AsyncSession, source_id: UUID) -> None:
    """Delete the bytes of what waits of a source; the worker then forgets the ids that their sender gave."""
    waiting = Payload.source_id == source_id, Payload.state.in_(WAITING)
    ids = (
        await session.scalars(select(Payload.id).where(*waiting).order_by(Payload.id).with_for_update())
    ).all()
    await discard_payloads(session, ids)


async def discard_payloads(session: AsyncSession, ids: Sequence[UUID]) -> None:
    """Delete the bytes and the faults of locked payloads that nobody will map."""
    await session.execute(delete(Quarantined).where(Quarantined.received_id.in_(ids)))
    await session.execute(delete(RawBody).where(RawBody.received_id.in_(ids)))
    discarded = update(Payload).where(Payload.id.in_(ids))
    await session.execute(discarded.values(state="discarded", mapped_at=now(), raw_deleted_at=now()))
