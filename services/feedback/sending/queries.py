"""Reads of what is to be sent, under the role that may read who said it; what is taken up is locked."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import Row, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.models import Contributor, Feedback, FootprintCopy, OrganisationCopy
from services.feedback.sending.models import Mail, Sending, Suppression, Unsubscription

BATCH = 50
ContactRow: TypeAlias = Row[str, dict[str, str], datetime | None, UUID]


async def unsorted(session: AsyncSession) -> Sequence[Sending]:
    """Return tellings of which it is not known yet whom they are for."""
    waiting = select(Sending).where(Sending.state == "waiting", Sending.person_ref.is_(None))
    return (
        await session.scalars(
            waiting.order_by(Sending.requested_at).limit(BATCH).with_for_update(skip_locked=True)
        )
    ).all()


async def person_due(session: AsyncSession, before: datetime) -> str | None:
    """Return the person whose oldest telling has waited long enough for others to go with it."""
    waiting = select(Sending.person_ref).where(Sending.state == "waiting", Sending.person_ref.is_not(None))
    oldest = func.min(Sending.requested_at)
    found: str | None = await session.scalar(
        waiting.group_by(Sending.person_ref).having(oldest <= before).order_by(oldest).limit(1)
    )
    return found


async def waiting_for(session: AsyncSession, person_ref: str) -> Sequence[Sending]:
    """Return all that waits for one person."""
    waiting = select(Sending).where(Sending.state == "waiting", Sending.person_ref == person_ref)
    ordered = waiting.order_by(Sending.requested_at, Sending.id).with_for_update(skip_locked=True)
    return (await session.scalars(ordered)).all()


async def mail_due(session: AsyncSession, at: datetime) -> Mail | None:
    """Return a mail that is to be sent now; whoever holds its lock sends it, and a death gives it free."""
    due = select(Mail).where(Mail.ended_at.is_(None), Mail.next_try_at <= at).order_by(Mail.next_try_at)
    found: Mail | None = await session.scalar(due.limit(1).with_for_update(skip_locked=True))
    return found


async def carried_by(session: AsyncSession, mail_id: UUID) -> Sequence[Sending]:
    """Return the tellings that a mail carries and whose end is not known."""
    mine = select(Sending).where(Sending.mail_id == mail_id, Sending.state == "mailed")
    return (await session.scalars(mine.order_by(Sending.requested_at, Sending.id).with_for_update())).all()


async def standing_of(session: AsyncSession, feedback_id: UUID) -> ContactRow | None:
    """Return what of a piece of feedback says whether who gave it may be told, and its reply code's id."""
    columns = (Feedback.state, Feedback.permissions, Feedback.unsubscribed_at, Feedback.reply_code_id)
    return (await session.execute(select(*columns).where(Feedback.id == feedback_id))).one_or_none()


async def seal_of(session: AsyncSession, feedback_id: UUID) -> bytes | None:
    """Return who gave a piece of feedback last, sealed."""
    newest = select(Contributor.sealed).where(Contributor.feedback_id == feedback_id)
    found: bytes | None = await session.scalar(newest.order_by(Contributor.id.desc()).limit(1))
    return found


async def is_suppressed(session: AsyncSession, person_ref: str) -> bool:
    """Tell whether somebody gets no more mail."""
    return await session.get(Suppression, person_ref) is not None


async def suppress(session: AsyncSession, person_ref: str, reason: str, at: datetime) -> None:
    """Let somebody get no more mail."""
    row = insert(Suppression).values(person_ref=person_ref, reason=reason, since=at)
    await session.execute(row.on_conflict_do_nothing())


async def unsubscriptions(session: AsyncSession) -> Sequence[Unsubscription]:
    """Return the wishes to get no more mail that are not carried out yet."""
    open_ = select(Unsubscription).where(Unsubscription.done_at.is_(None)).limit(BATCH)
    return (await session.scalars(open_.with_for_update(skip_locked=True))).all()


async def name_of_body(session: AsyncSession, sending: Sending) -> str:
    """Return the public name of the body that answers."""
    name: str | None = None
    if sending.organisation_id:
        named = select(OrganisationCopy.name).where(OrganisationCopy.id == sending.organisation_id)
        name = await session.scalar(named)
    place = sending.footprint_id or sending.organisation_id
    if name is None and place:
        name = await session.scalar(select(FootprintCopy.name).where(FootprintCopy.id == place))
    return name or "the body that you told"
