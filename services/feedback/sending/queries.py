"""Statements about tellings and mails, under the role that may read contributors; what is taken is locked."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.contributors.models import Reach
from services.feedback.contributors.reach import STALE
from services.feedback.models import Contributor, Feedback, FootprintCopy, OrganisationCopy
from services.feedback.sending.models import Mail, Sending, Suppression, ToldAddress, Unsubscription
from shared.events.feedback import FailedReason

BATCH = 50


class ContactRow(NamedTuple):
    """What of a piece of feedback says whether its contributor may be told."""

    state: str
    permissions: dict[str, str]
    unsubscribed_at: datetime | None


async def tellings_without_addressee(session: AsyncSession) -> Sequence[Sending]:
    """Tellings whose addressee is not known yet."""
    waiting = select(Sending).where(Sending.state == "waiting", Sending.person_ref.is_(None))
    ordered = waiting.order_by(Sending.requested_at).limit(BATCH).with_for_update(skip_locked=True)
    return (await session.scalars(ordered)).all()


async def person_to_write_to(
    session: AsyncSession, before: datetime, mails_max: int, since: datetime
) -> str | None:
    """The person whose oldest telling has waited long enough for others to join it.

    Who has had that many mails since a moment waits: their tellings go together in a later mail.
    """
    mails = select(Sending.person_ref).join(Mail, Mail.id == Sending.mail_id).where(Mail.made_at > since)
    sated = mails.where(Sending.person_ref.is_not(None)).group_by(Sending.person_ref)
    sated = sated.having(func.count(Mail.id.distinct()) >= mails_max)
    waiting = select(Sending.person_ref).where(Sending.state == "waiting", Sending.person_ref.is_not(None))
    waiting = waiting.where(Sending.person_ref.not_in(sated))
    oldest = func.min(Sending.requested_at)
    return await session.scalar(
        waiting.group_by(Sending.person_ref).having(oldest <= before).order_by(oldest).limit(1)
    )


async def tellings_for_person(session: AsyncSession, person_ref: str) -> Sequence[Sending]:
    """Every telling that waits for one person."""
    waiting = select(Sending).where(Sending.state == "waiting", Sending.person_ref == person_ref)
    ordered = waiting.order_by(Sending.requested_at, Sending.id).with_for_update(skip_locked=True)
    return (await session.scalars(ordered)).all()


async def mail_to_send(session: AsyncSession, at: datetime) -> Mail | None:
    """A mail that is due. The process that holds its lock sends it; if it dies, another takes over."""
    due = select(Mail).where(Mail.ended_at.is_(None), Mail.next_try_at <= at).order_by(Mail.next_try_at)
    return await session.scalar(due.limit(1).with_for_update(skip_locked=True))


async def tellings_in_mail(session: AsyncSession, mail_id: UUID) -> Sequence[Sending]:
    """The tellings that a mail carries and that have no result yet."""
    carried = select(Sending).where(Sending.mail_id == mail_id, Sending.state == "mailed")
    ordered = carried.order_by(Sending.requested_at, Sending.id).with_for_update()
    return (await session.scalars(ordered)).all()


async def contact_row_of_feedback(session: AsyncSession, feedback_id: UUID) -> ContactRow | None:
    """What says whether the contributor may be told."""
    columns = (Feedback.state, Feedback.permissions, Feedback.unsubscribed_at)
    row = (await session.execute(select(*columns).where(Feedback.id == feedback_id))).one_or_none()
    return ContactRow(*row) if row else None


async def sealed_contributors(session: AsyncSession, feedback_ids: Collection[UUID]) -> dict[UUID, bytes]:
    """The last contributor of each of these pieces of feedback, sealed."""
    given = select(Contributor.feedback_id, Contributor.sealed)
    given = given.where(Contributor.feedback_id.in_(feedback_ids))
    rows = await session.execute(given.order_by(Contributor.given_at, Contributor.id))
    return {row.feedback_id: row.sealed for row in rows}


async def lock_stale_reach(session: AsyncSession, gate: str, since: datetime) -> Sequence[Reach]:
    """Reach that is stale, or was assessed by other settings that a teller read before a moment."""
    other = or_(Reach.gate < gate, Reach.gate > gate), Reach.gate_read_at < since
    stale = select(Reach).where(*other).limit(BATCH).with_for_update(skip_locked=True)
    return (await session.scalars(stale)).all()


async def lock_reach(session: AsyncSession, feedback_ids: Collection[UUID]) -> Sequence[Reach]:
    """The reach of these pieces of feedback, locked; what an erasure holds is left to it."""
    found = select(Reach).where(Reach.feedback_id.in_(feedback_ids)).order_by(Reach.feedback_id)
    found = found.with_for_update(skip_locked=True).execution_options(populate_existing=True)
    return (await session.scalars(found)).all()


async def known_reach(session: AsyncSession, feedback_ids: Collection[UUID]) -> set[UUID]:
    """Which of these pieces of feedback have a reach."""
    return set(await session.scalars(select(Reach.feedback_id).where(Reach.feedback_id.in_(feedback_ids))))


async def reach_of_feedback(session: AsyncSession, feedback_id: UUID) -> Reach | None:
    """The reach of a piece of feedback."""
    return await session.scalar(select(Reach).where(Reach.feedback_id == feedback_id))


async def stopped_persons(session: AsyncSession, refs: Collection[str]) -> dict[str, FailedReason]:
    """Why these persons get no mail: it does not reach their address, or they want none."""
    refused = select(Reach.person_ref).where(Reach.person_ref.in_(refs), Reach.refused_at.is_not(None))
    wished = select(Suppression.person_ref).where(Suppression.person_ref.in_(refs))
    found: dict[str, FailedReason] = {ref: "address_refused" for ref in await session.scalars(refused) if ref}
    return found | dict.fromkeys(await session.scalars(wished), "suppressed")


async def reassess_person(session: AsyncSession, person_ref: str) -> None:
    """Let the teller assess again everything that a person said."""
    theirs = select(Reach.id).where(Reach.person_ref == person_ref).order_by(Reach.feedback_id)
    ids = (await session.scalars(theirs.with_for_update())).all()
    await session.execute(update(Reach).where(Reach.id.in_(ids)).values(**STALE))


async def note_refusal(session: AsyncSession, person_ref: str, at: datetime) -> None:
    """Note that the mail server refuses a person's address for good; nobody is waited for after a mail."""
    theirs = select(Reach.id).where(Reach.person_ref == person_ref).with_for_update(skip_locked=True)
    await session.execute(update(Reach).where(Reach.id.in_(theirs)).values(refused_at=at, **STALE))


async def forget_refusal(session: AsyncSession, person_ref: str) -> None:
    """Forget that a person's address was refused, since the mail server has taken a mail to it."""
    refused = or_(Reach.refused_at.is_not(None), Reach.reason == "address_refused")
    theirs = select(Reach.id).where(Reach.person_ref == person_ref, refused)
    theirs = theirs.with_for_update(skip_locked=True)
    await session.execute(update(Reach).where(Reach.id.in_(theirs)).values(refused_at=None, **STALE))


async def claim_address(session: AsyncSession, loop_id: UUID, mailbox_ref: str, feedback_id: UUID) -> bool:
    """Let an address stand for a piece of feedback of a loop.

    False if the address stands for another, or another address for this: neither is a second witness.
    """
    row = insert(ToldAddress).values(loop_id=loop_id, mailbox_ref=mailbox_ref, feedback_id=feedback_id)
    await session.execute(row.on_conflict_do_nothing())
    first = select(ToldAddress.mailbox_ref).where(
        ToldAddress.loop_id == loop_id, ToldAddress.feedback_id == feedback_id
    )
    return list(await session.scalars(first)) == [mailbox_ref]


async def is_suppressed(session: AsyncSession, person_ref: str) -> bool:
    """Whether a person gets no more mail."""
    return await session.get(Suppression, person_ref) is not None


async def suppress_person(session: AsyncSession, person_ref: str, reason: str, at: datetime) -> None:
    """Stop all mail to a person."""
    row = insert(Suppression).values(person_ref=person_ref, reason=reason, since=at)
    await session.execute(row.on_conflict_do_nothing())


async def persons_of_mail(session: AsyncSession, mail_id: UUID) -> Sequence[str]:
    """Whom a mail went to; nobody once all that they said is erased."""
    told = select(Sending.person_ref).where(Sending.mail_id == mail_id).distinct()
    return [ref for ref in await session.scalars(told) if ref]


async def open_unsubscriptions(session: AsyncSession) -> Sequence[Unsubscription]:
    """The requests for no more mail that are not carried out yet."""
    open_ = select(Unsubscription).where(Unsubscription.done_at.is_(None)).limit(BATCH)
    return (await session.scalars(open_.with_for_update(skip_locked=True))).all()


async def name_of_body(session: AsyncSession, sending: Sending) -> str:
    """The public name of the body that answers."""
    name: str | None = None
    if sending.organisation_id:
        named = select(OrganisationCopy.name).where(OrganisationCopy.id == sending.organisation_id)
        name = await session.scalar(named)
    place = sending.footprint_id or sending.organisation_id
    if name is None and place:
        name = await session.scalar(select(FootprintCopy.name).where(FootprintCopy.id == place))
    return name or "the body that you told"


async def count_tellings(session: AsyncSession) -> list[tuple[str, str | None, int]]:
    """How many tellings are in which state, and why; never who they are for."""
    by = (Sending.state, Sending.reason)
    rows = await session.execute(select(*by, func.count()).group_by(*by).order_by(*by))
    return [(state, reason, count) for state, reason, count in rows]


async def release_held_tellings(session: AsyncSession) -> int:
    """Let the teller look again at what is held; return how many tellings that are."""
    held = update(Sending).where(Sending.state == "held").returning(Sending.id)
    released = await session.scalars(held.values(state="waiting", person_ref=None))
    return len(released.all())
