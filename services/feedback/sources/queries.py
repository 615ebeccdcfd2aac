"""Statements about sources, their mappings, payloads and quarantine."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Row, Select, and_, cast, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH, array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from services.feedback.items.schemas import Outcome
from services.feedback.models import Feedback
from services.feedback.sources.models import (
    Payload,
    PayloadFeedback,
    Quarantined,
    RawBody,
    Refusal,
    Source,
    SourceMapping,
    SourceSecret,
)
from shared.auth import Caller
from shared.db import Driver

ATTEMPTS_SHOWN = 50
CLOSED = "closed"
# The payloads that the samples of a mapping copy.
COPIED = cast("$[*].received_id", JSONPATH)
IS_ANY_DUE = "SELECT EXISTS (SELECT FROM source_received WHERE state = 'received' AND next_try_at <= $1)"
# Position, feedback id, the id of its reply code, whether it was new, and what was left out.
PayloadFeedbackRow: TypeAlias = Row[int, UUID, UUID, Outcome, list[dict[str, JsonValue]]]


async def find_source(
    session: AsyncSession, source_id: UUID, caller: Caller, *, lock: bool = False
) -> Source | None:
    """A source of the caller, or of a body whose heir it is; with `lock`, locked until the transaction ends.

    Rows that refer to it need not wait, because ids never change.
    """
    wanted = sources_of_caller(caller).where(Source.id == source_id)
    return await session.scalar(wanted.with_for_update(key_share=True) if lock else wanted)


def sources_of_caller(caller: Caller) -> Select[Source]:
    """The sources of the caller's organisation, and of the bodies whose heir it is."""
    own = Source.organisation_id.in_([caller.organisation_id, *caller.heir_of])
    return select(Source).where(own, Source.state != CLOSED)


async def count_sources(session: AsyncSession, organisation_id: UUID) -> int:
    """Count the sources of an organisation. The next who asks waits for this transaction."""
    turn = func.pg_advisory_xact_lock(func.hashtextextended(f"sources {organisation_id}", 0))
    await session.execute(select(turn))
    mine = select(func.count()).where(Source.organisation_id == organisation_id, Source.state != CLOSED)
    return await session.scalar(mine) or 0


def mappings_of_source(source_id: UUID) -> Select[SourceMapping]:
    """A source's mappings."""
    return select(SourceMapping).where(SourceMapping.source_id == source_id)


async def find_mapping(session: AsyncSession, source_id: UUID, number: int | None) -> SourceMapping | None:
    """One version of a source's mapping, or the one in use if the number is not known."""
    if number is None:
        return await find_mapping_in_use(session, source_id)
    wanted = mappings_of_source(source_id).where(SourceMapping.number == number)
    return (await session.scalars(wanted)).one_or_none()


async def find_mapping_in_use(session: AsyncSession, source_id: UUID) -> SourceMapping | None:
    """The highest version of a source's mapping."""
    newest = mappings_of_source(source_id).order_by(SourceMapping.number.desc()).limit(1)
    return (await session.scalars(newest)).one_or_none()


async def end_secrets(session: AsyncSession, source_id: UUID, at: datetime) -> None:
    """End every secret of a source at this instant, or earlier if it ends earlier."""
    end = func.least(func.coalesce(SourceSecret.ends_at, at), at)
    await session.execute(update(SourceSecret).where(SourceSecret.source_id == source_id).values(ends_at=end))


async def delete_ended_secrets(session: AsyncSession, source_id: UUID, at: datetime) -> None:
    """Delete the secrets of a source that are no longer valid."""
    await session.execute(
        delete(SourceSecret).where(SourceSecret.source_id == source_id, SourceSecret.ends_at <= at)
    )


async def refusals_of_source(session: AsyncSession, source_id: UUID) -> Sequence[Refusal]:
    """The newest refusals of a source."""
    newest = select(Refusal).where(Refusal.source_id == source_id).order_by(Refusal.id.desc())
    return (await session.scalars(newest.limit(ATTEMPTS_SHOWN))).all()


async def newest_payloads_of_source(session: AsyncSession, source_id: UUID) -> Sequence[Payload]:
    """The newest payloads of a source."""
    newest = select(Payload).where(Payload.source_id == source_id).order_by(Payload.id.desc())
    return (await session.scalars(newest.limit(ATTEMPTS_SHOWN))).all()


def quarantine_of_source(source_id: UUID) -> Select[Quarantined]:
    """A source's answers in quarantine."""
    return select(Quarantined).where(Quarantined.source_id == source_id)


async def find_payload(session: AsyncSession, source_id: UUID, received_id: UUID) -> Payload | None:
    """One payload of a source."""
    return await session.scalar(
        select(Payload).where(Payload.id == received_id, Payload.source_id == source_id)
    )


async def feedback_of_payload(session: AsyncSession, received_id: UUID) -> Sequence[PayloadFeedbackRow]:
    """The feedback that each answer of a payload became."""
    rows = await session.execute(
        select(
            PayloadFeedback.position,
            PayloadFeedback.feedback_id,
            Feedback.reply_code_id,
            PayloadFeedback.outcome,
            Feedback.left_out,
        )
        .join(Feedback, Feedback.id == PayloadFeedback.feedback_id)
        .where(PayloadFeedback.received_id == received_id)
        .order_by(PayloadFeedback.position)
    )
    return rows.all()


async def claim_unshown_codes(session: AsyncSession, received_id: UUID, at: datetime) -> set[int]:
    """The positions of a payload whose reply codes nobody was shown, which are shown now and never again.

    An answer that came before in another payload has the same code.
    """
    before = aliased(PayloadFeedback)
    shown = exists().where(
        before.feedback_id == PayloadFeedback.feedback_id, before.code_shown_at.is_not(None)
    )
    unshown = PayloadFeedback.received_id == received_id, PayloadFeedback.code_shown_at.is_(None), ~shown
    claimed = update(PayloadFeedback).where(*unshown).values(code_shown_at=at)
    return set(await session.scalars(claimed.returning(PayloadFeedback.position)))


async def positions_with_feedback(session: AsyncSession, received_id: UUID) -> set[int]:
    """The answers of a payload that became feedback, by position."""
    return set(
        await session.scalars(
            select(PayloadFeedback.position).where(PayloadFeedback.received_id == received_id)
        )
    )


async def faults_of_payload(session: AsyncSession, received_id: UUID) -> Sequence[Quarantined]:
    """The answers of a payload that are in quarantine."""
    wanted = select(Quarantined).where(Quarantined.received_id == received_id)
    return (await session.scalars(wanted.order_by(Quarantined.position))).all()


async def delete_from_quarantine(session: AsyncSession, received_id: UUID) -> None:
    """Take all answers of a payload out of quarantine."""
    await session.execute(delete(Quarantined).where(Quarantined.received_id == received_id))


async def is_any_due(connection: Driver, at: datetime) -> bool:
    """Whether a payload is due, by one quick statement."""
    return bool(await connection.fetchval(IS_ANY_DUE, at))


async def find_raw_body(session: AsyncSession, received_id: UUID) -> RawBody | None:
    """The sealed bytes of a payload, if they are still stored."""
    return await session.scalar(select(RawBody).where(RawBody.received_id == received_id))


async def newest_stored_payloads(session: AsyncSession, source_id: UUID, limit: int) -> Sequence[Payload]:
    """The newest payloads of a source whose bytes are still stored."""
    is_stored = exists().where(RawBody.received_id == Payload.id)
    newest = select(Payload).where(Payload.source_id == source_id, is_stored).order_by(Payload.id.desc())
    return (await session.scalars(newest.limit(limit))).all()


async def delete_raw_bodies(session: AsyncSession, mapped_before: datetime, at: datetime, limit: int) -> int:
    """Delete the bytes of payloads that were mapped long enough ago; return how many."""
    old = select(Payload.id).where(Payload.mapped_at < mapped_before).limit(limit)
    return await delete_mapped_bodies(session, old, at)


async def delete_bodies_of(session: AsyncSession, received_ids: Collection[UUID], at: datetime) -> None:
    """Delete the bytes of these payloads, unless they wait again."""
    these = select(Payload.id).where(Payload.id.in_(received_ids), Payload.mapped_at.is_not(None))
    await delete_mapped_bodies(session, these, at)


async def delete_mapped_bodies(session: AsyncSession, wanted: Select[UUID], at: datetime) -> int:
    """Delete the bytes of payloads, but of those in use elsewhere; return how many."""
    stored = wanted.where(Payload.raw_deleted_at.is_(None))
    ids = (await session.scalars(stored.with_for_update(skip_locked=True))).all()
    await session.execute(delete(RawBody).where(RawBody.received_id.in_(ids)))
    await session.execute(update(Payload).where(Payload.id.in_(ids)).values(raw_deleted_at=at))
    return len(ids)


async def lock_payloads_of_feedback(
    session: AsyncSession, feedback_ids: Collection[UUID]
) -> Sequence[Payload]:
    """The payloads that some feedback came in or waits in, and their repeats, locked by their ids."""
    came_in = select(PayloadFeedback.received_id).where(PayloadFeedback.feedback_id.in_(feedback_ids))
    one, like = aliased(Payload), aliased(Payload)
    is_like = and_(
        like.source_id == one.source_id,
        like.body_digest == one.body_digest,
        func.coalesce(like.repeat_of, like.id) == func.coalesce(one.repeat_of, one.id),
    )
    alike = select(like.id).join_from(one, like, is_like).where(one.id.in_(came_in))
    waits = faults_like(feedback_ids).with_only_columns(Quarantined.received_id)
    found = or_(Payload.id.in_(alike), Payload.id.in_(waits))
    wanted = select(Payload).where(found).order_by(Payload.id)
    return (await session.scalars(wanted.with_for_update())).all()


def faults_like(feedback_ids: Collection[UUID]) -> Select[Quarantined]:
    """The answers in quarantine that came under the ids of some feedback."""
    same = Feedback.source_id == Quarantined.source_id, Feedback.external_ref == Quarantined.external_ref
    return select(Quarantined).join(Feedback, and_(*same)).where(Feedback.id.in_(feedback_ids))


async def faults_of_feedback(
    session: AsyncSession, received_ids: Collection[UUID], feedback_ids: Collection[UUID]
) -> Sequence[Quarantined]:
    """The answers of payloads that wait, and that came under the ids of some feedback."""
    wanted = faults_like(feedback_ids).where(Quarantined.received_id.in_(received_ids))
    return (await session.scalars(wanted.order_by(Quarantined.position))).all()


async def places_of_feedback(
    session: AsyncSession, received_ids: Collection[UUID], feedback_ids: Collection[UUID]
) -> Sequence[PayloadFeedback]:
    """The answers of payloads that became some feedback."""
    wanted = select(PayloadFeedback).where(
        PayloadFeedback.received_id.in_(received_ids), PayloadFeedback.feedback_id.in_(feedback_ids)
    )
    return (await session.scalars(wanted.order_by(PayloadFeedback.position))).all()


async def erased_feedback_of_payload(session: AsyncSession, received_id: UUID) -> Sequence[UUID]:
    """The erased feedback that answers of a payload belong to, or wait for, if its bytes are still stored."""
    became = select(Feedback.id).join(PayloadFeedback, Feedback.id == PayloadFeedback.feedback_id)
    same = Feedback.source_id == Quarantined.source_id, Feedback.external_ref == Quarantined.external_ref
    waits = select(Feedback.id).join(Quarantined, and_(*same))
    is_gone = Feedback.state == "erased", exists().where(RawBody.received_id == received_id)
    wanted = became.where(PayloadFeedback.received_id == received_id, *is_gone).union(
        waits.where(Quarantined.received_id == received_id, *is_gone)
    )
    return (await session.scalars(wanted)).all()


async def delete_raw_body(session: AsyncSession, received: Payload, at: datetime) -> None:
    """Delete the bytes of a payload, and what is kept of them beside its faults."""
    await session.execute(delete(RawBody).where(RawBody.received_id == received.id))
    waiting = update(Quarantined).where(Quarantined.received_id == received.id)
    await session.execute(waiting.values(sealed_value=None))
    received.raw_deleted_at = received.raw_deleted_at or at


async def lock_whole_payloads(
    session: AsyncSession, source_id: UUID, received_ids: Sequence[UUID]
) -> set[UUID]:
    """The ids among these that are payloads of the source of which nothing is erased, locked.

    An erasure that holds one is waited for, and looked for only then.
    """
    wanted = select(Payload.id).where(Payload.source_id == source_id, Payload.id.in_(received_ids))
    found = set(await session.scalars(wanted.order_by(Payload.id).with_for_update()))
    gone = select(PayloadFeedback.received_id).join(Feedback, Feedback.id == PayloadFeedback.feedback_id)
    erased = gone.where(PayloadFeedback.received_id.in_(found), Feedback.state == "erased")
    return found - set(await session.scalars(erased))


async def lock_mappings_copying(
    session: AsyncSession, payloads: Sequence[Payload]
) -> Sequence[SourceMapping]:
    """The mappings with a sample that copies one of these payloads, locked in the order of their ids."""
    copied = func.jsonb_path_query_array(SourceMapping.samples, COPIED, type_=JSONB)
    sources, ids = {each.source_id for each in payloads}, [str(each.id) for each in payloads]
    of_sources = select(SourceMapping).where(SourceMapping.source_id.in_(sources))
    wanted = of_sources.where(copied.has_any(array(ids))).order_by(SourceMapping.id)
    return (await session.scalars(wanted.with_for_update())).all()


async def existing_payload_ids(
    session: AsyncSession, source_id: UUID, received_ids: Sequence[UUID]
) -> set[UUID]:
    """The ids among these that are payloads of the source."""
    wanted = select(Payload.id).where(Payload.source_id == source_id, Payload.id.in_(received_ids))
    return set(await session.scalars(wanted)) if received_ids else set()
