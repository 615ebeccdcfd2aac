"""Telling people: whom each telling is for, one mail for each person, and what became of it.

A mail is made, with its Message-ID, in one transaction; it is sent in another, which holds its lock until
the end is saved. Whatever dies in between, the next one sends the same mail, never another.
"""

from dataclasses import dataclass
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.contributors.opening import opened, private_key
from services.feedback.items.schemas import NewContributor
from services.feedback.replies.codes import ReplyKeys
from services.feedback.sending import queries
from services.feedback.sending.letters import Part, letter, message_id
from services.feedback.sending.models import Mail, Sending
from services.feedback.sending.post import Outcome, post
from services.feedback.sending.rules import Gate, objection
from services.feedback.settings import Settings
from shared.clock import now
from shared.events import Envelope
from shared.events.feedback import (
    FailedReason,
    HeldReason,
    TellingDelivered,
    TellingFact,
    TellingFailed,
    TellingHeld,
)
from shared.events.loop import LoopTellingRequested
from shared.ids import new_id
from shared.outbox import record

# Minutes until the next try; after the last the telling has failed. Three days in all.
RETRY_MINUTES = (1, 5, 15, 60, 240, 960, 1440, 1440)
HELD_UP = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Teller:
    """What telling people needs: keys, and whom this deployment may write to."""

    settings: Settings
    codes: ReplyKeys
    key: X25519PrivateKey
    gate: Gate

    @classmethod
    def of(cls, settings: Settings) -> "Teller":
        """Return the teller that the settings describe."""
        key = private_key(settings.contributor_private_key)
        gate = Gate(settings.sending, settings.sending_allow_list)
        return cls(settings, ReplyKeys(settings.reply_key), key, gate)


async def ask(session: AsyncSession, event: LoopTellingRequested, _: Envelope) -> None:
    """Note that somebody is to be told; the teller takes it from here."""
    if await session.get(Sending, event.telling_id) is None:
        names = ("loop_id", "feedback_id", "kind", "organisation_id", "footprint_id")
        facts = {name: getattr(event, name) for name in (*names, "demonstration")}
        session.add(
            Sending(
                id=event.telling_id,
                version=0,
                state="waiting",
                requested_at=now(),
                outcome=event.answer,
                **facts,
            )
        )


async def carry_out_unsubscriptions(session: AsyncSession, teller: Teller) -> int:
    """Suppress the addresses of those who want no more mail; return how many wishes that were."""
    wishes = await queries.unsubscriptions(session)
    for wish in wishes:
        seal = await queries.seal_of(session, wish.feedback_id)
        person = opened(seal, wish.feedback_id, teller.key) if seal else None
        if person and person.address:
            ref = teller.codes.person_ref_of(person.address)
            await queries.suppress(session, ref, "unsubscribed", wish.wished_at)
        wish.done_at = now()
    return len(wishes)


async def sort_waiting(session: AsyncSession, teller: Teller) -> int:
    """Find out whom tellings are for; return how many that were."""
    waiting = await queries.unsorted(session)
    for sending in waiting:
        reason, person = await whom(session, teller, sending)
        if reason or person is None or person.address is None:
            fail(session, sending, reason or "unreadable")
            continue
        sending.person_ref = teller.codes.person_ref_of(person.address)
        if held_by := teller.gate.holds(person.address):
            hold(session, sending, held_by)
    return len(waiting)


async def whom(
    session: AsyncSession, teller: Teller, sending: Sending
) -> tuple[FailedReason | None, NewContributor | None]:
    """Return why a telling cannot go by mail, or whom it is for."""
    standing = await queries.standing_of(session, sending.feedback_id)
    seal = await queries.seal_of(session, sending.feedback_id)
    person = opened(seal, sending.feedback_id, teller.key) if seal else None
    if reason := objection(standing, person):
        return reason, None
    if person and await queries.is_suppressed(session, teller.codes.person_ref_of(person.address or "")):
        return "suppressed", None
    return None, person


async def make_mail(session: AsyncSession, teller: Teller) -> int:
    """Put all that waits for one person into one mail; return how many tellings that were."""
    waited = now() - timedelta(seconds=teller.settings.sending_batch_seconds)
    person_ref = await queries.person_due(session, waited)
    tellings = await queries.waiting_for(session, person_ref) if person_ref else []
    if not tellings:
        return 0
    mail = Mail(id=new_id(), made_at=now(), tries=0, next_try_at=now(), message_id="")
    mail.message_id = message_id(mail.id, teller.settings.sending_from)
    session.add(mail)
    await session.flush()
    for sending in tellings:
        sending.state, sending.mail_id = "mailed", mail.id
    return len(tellings)


async def send_mail(session: AsyncSession, teller: Teller) -> int:
    """Send one mail that is due and save what came of it; return how many that were."""
    mail = await queries.mail_due(session, now())
    if mail is None:
        return 0
    parts, to, carried = [], "", []
    for sending in await queries.carried_by(session, mail.id):
        reason, person = await whom(session, teller, sending)
        if reason or person is None or person.address is None:
            fail(session, sending, reason or "unreadable")
            continue
        to = person.address
        parts.append(await part_of(session, teller, sending))
        carried.append(sending)
    if not carried:
        mail.ended_at = now()
    elif teller.gate.holds(to):
        # It may have gone out at an earlier try: it stays the mail that it is until it may go.
        mail.next_try_at = now() + HELD_UP
    else:
        settings = teller.settings
        message = letter(mail, to, parts, sender=settings.sending_from, url=settings.look_up_url)
        settle(session, mail, carried, await post(settings, message))
    return 1


async def part_of(session: AsyncSession, teller: Teller, sending: Sending) -> Part:
    """Return what a mail says of one telling; the reply code is derived again."""
    standing = await queries.standing_of(session, sending.feedback_id)
    code = teller.codes.code_of(standing.reply_code_id) if standing else ""
    body = await queries.name_of_body(session, sending)
    return Part(sending.kind, body, code, sending.demonstration)


def settle(session: AsyncSession, mail: Mail, carried: list[Sending], outcome: Outcome) -> None:
    """Save what came of a try: delivered, failed for good, or to be tried again."""
    mail.tries += 1
    if outcome == "again" and mail.tries <= len(RETRY_MINUTES):
        mail.next_try_at = now() + timedelta(minutes=RETRY_MINUTES[mail.tries - 1])
        return
    mail.ended_at = now()
    for sending in carried:
        if outcome == "delivered":
            deliver(session, sending)
        else:
            fail(session, sending, "address_refused" if outcome == "refused" else "tries_exhausted")


def deliver(session: AsyncSession, sending: Sending) -> None:
    """Save that a person was told."""
    sending.state, sending.in_format, sending.at, sending.reason = "delivered", "email", now(), None
    record(session, sending, fact(sending, TellingDelivered, in_format="email"))


def fail(session: AsyncSession, sending: Sending, reason: FailedReason) -> None:
    """Save that a person cannot be told."""
    sending.state, sending.reason, sending.at = "failed", reason, now()
    record(session, sending, fact(sending, TellingFailed, reason=reason))


def hold(session: AsyncSession, sending: Sending, reason: HeldReason) -> None:
    """Save that word waits until it is released; told once, however often it is held again."""
    if sending.reason != reason:
        record(session, sending, fact(sending, TellingHeld, reason=reason))
    sending.state, sending.reason, sending.at = "held", reason, now()


def fact(sending: Sending, kind: type[TellingFact], **facts: str) -> TellingFact:
    """Return an event about a telling."""
    ids = {"telling_id": sending.id, "loop_id": sending.loop_id, "feedback_id": sending.feedback_id}
    return kind.model_validate(ids | facts)
