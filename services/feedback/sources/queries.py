"""What is asked of the sources' tables."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import Feedback
from services.feedback.sources.models import (
    Given,
    Quarantined,
    RawBody,
    Received,
    Refusal,
    Source,
    SourceMapping,
    SourceSecret,
)

ATTEMPTS_SHOWN = 50


async def source_of(
    session: AsyncSession, source_id: UUID, organisation_id: UUID | None, *, lock: bool = False
) -> Source | None:
    """Return the organisation's source; locked until the transaction ends when that is asked for."""
    wanted = select(Source).where(Source.id == source_id, Source.organisation_id == organisation_id)
    return await session.scalar(wanted.with_for_update() if lock else wanted)


def sources_of(organisation_id: UUID | None) -> Select[Source]:
    """Return the statement of an organisation's sources."""
    return select(Source).where(Source.organisation_id == organisation_id)


def mappings_of(source_id: UUID) -> Select[SourceMapping]:
    """Return the statement of a source's mappings."""
    return select(SourceMapping).where(SourceMapping.source_id == source_id)


async def mapping_in_use(session: AsyncSession, source_id: UUID) -> SourceMapping | None:
    """Return the highest version of a source's mapping."""
    newest = mappings_of(source_id).order_by(SourceMapping.number.desc()).limit(1)
    return (await session.scalars(newest)).one_or_none()


async def end_secrets(session: AsyncSession, source_id: UUID, at: datetime) -> None:
    """Let every secret of a source end, at the latest then."""
    end = func.least(func.coalesce(SourceSecret.ends_at, at), at)
    await session.execute(update(SourceSecret).where(SourceSecret.source_id == source_id).values(ends_at=end))


async def forget_ended_secrets(session: AsyncSession, source_id: UUID, at: datetime) -> None:
    """Delete the secrets of a source that are no longer good."""
    await session.execute(
        delete(SourceSecret).where(SourceSecret.source_id == source_id, SourceSecret.ends_at <= at)
    )


async def refusals_of(session: AsyncSession, source_id: UUID) -> Sequence[Refusal]:
    """Return the newest refusals of a source."""
    newest = select(Refusal).where(Refusal.source_id == source_id).order_by(Refusal.id.desc())
    return (await session.scalars(newest.limit(ATTEMPTS_SHOWN))).all()


async def newest_received(session: AsyncSession, source_id: UUID) -> Sequence[Received]:
    """Return the newest payloads of a source."""
    newest = select(Received).where(Received.source_id == source_id).order_by(Received.id.desc())
    return (await session.scalars(newest.limit(ATTEMPTS_SHOWN))).all()


def quarantined_of(source_id: UUID) -> Select[Quarantined]:
    """Return the statement of a source's answers in quarantine."""
    return select(Quarantined).where(Quarantined.source_id == source_id)


async def received_of(session: AsyncSession, source_id: UUID, received_id: UUID) -> Received | None:
    """Return one payload of a source."""
    return await session.scalar(
        select(Received).where(Received.id == received_id, Received.source_id == source_id)
    )


async def given_of(session: AsyncSession, received_id: UUID) -> Sequence[Row[int, UUID, UUID]]:
    """Return position, feedback id and reply code row of each answer that became feedback."""
    found = await session.execute(
        select(Given.position, Given.feedback_id, Feedback.reply_code_id)
        .join(Feedback, Feedback.id == Given.feedback_id)
        .where(Given.received_id == received_id)
        .order_by(Given.position)
    )
    return found.all()


async def positions_given(session: AsyncSession, received_id: UUID) -> set[int]:
    """Return which answers of a payload have become feedback."""
    return set(await session.scalars(select(Given.position).where(Given.received_id == received_id)))


async def faults_of(session: AsyncSession, received_id: UUID) -> Sequence[Quarantined]:
    """Return which answers of a payload wait in quarantine."""
    wanted = select(Quarantined).where(Quarantined.received_id == received_id)
    return (await session.scalars(wanted.order_by(Quarantined.position))).all()


async def leave_quarantine(session: AsyncSession, received_id: UUID) -> None:
    """Take all answers of a payload out of quarantine."""
    await session.execute(delete(Quarantined).where(Quarantined.received_id == received_id))


async def due(session: AsyncSession, at: datetime, limit: int) -> Sequence[Received]:
    """Return payloads that are to be mapped now, locked; those that another worker has are left to it."""
    wanted = (
        select(Received)
        .where(Received.state == "received", Received.next_try_at <= at)
        .order_by(Received.next_try_at)
        .limit(limit)
    )
    return (await session.scalars(wanted.with_for_update(skip_locked=True))).all()


async def raw_body(session: AsyncSession, received_id: UUID) -> bytes | None:
    """Return the sealed bytes of a payload, if they are still kept."""
    return await session.scalar(select(RawBody.sealed).where(RawBody.received_id == received_id))


def waiting_of(source_id: UUID, received_ids: list[UUID] | None) -> Select[Received]:
    """Return the statement of payloads in quarantine: these, or all of the source's."""
    wanted = select(Received).where(Received.source_id == source_id, Received.state == "quarantined")
    return wanted.where(Received.id.in_(received_ids)) if received_ids is not None else wanted


async def try_again(
    session: AsyncSession, source_id: UUID, received_ids: list[UUID] | None, at: datetime
) -> int:
    """Give payloads in quarantine back to the worker; returns how many."""
    chosen = waiting_of(source_id, received_ids).with_only_columns(Received.id)
    changed = await session.scalars(
        update(Received)
        .where(Received.id.in_(chosen))
        .values(state="received", tries=0, next_try_at=at)
        .returning(Received.id)
    )
    return len(changed.all())


async def delete_raw_bodies(session: AsyncSession, mapped_before: datetime, at: datetime, limit: int) -> int:
    """Delete the bytes of payloads that were mapped long enough ago; returns how many."""
    old = (
        select(Received.id)
        .where(Received.mapped_at < mapped_before, Received.raw_deleted_at.is_(None))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = (await session.scalars(old)).all()
    await session.execute(delete(RawBody).where(RawBody.received_id.in_(ids)))
    await session.execute(update(Received).where(Received.id.in_(ids)).values(raw_deleted_at=at))
    return len(ids)


async def delete_raw_bodies_of(session: AsyncSession, feedback_id: UUID, at: datetime) -> None:
    """Delete the bytes that a piece of feedback came from."""
    ids = (await session.scalars(select(Given.received_id).where(Given.feedback_id == feedback_id))).all()
    await session.execute(delete(RawBody).where(RawBody.received_id.in_(ids)))
    await session.execute(update(Received).where(Received.id.in_(ids)).values(raw_deleted_at=at))


async def known_received(session: AsyncSession, source_id: UUID, received_ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these ids are payloads of the source."""
    wanted = select(Received.id).where(Received.source_id == source_id, Received.id.in_(received_ids))
    return set(await session.scalars(wanted)) if received_ids else set()
