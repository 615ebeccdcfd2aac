"""Telling people: the addressee of each telling, one mail for each person, and its result.

A mail is made, with its Message-ID, in one transaction. It is sent in another, which holds its lock until the
result is saved. If a process dies in between, the next one sends the same mail, never another.
"""

from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.feedback.contributors.schemas import StoredContributor
from services.feedback.contributors.sealing import open_contributor
from services.feedback.sending import queries
from services.feedback.sending.assessing import assess_contributors
from services.feedback.sending.letters import MailPart, add_stop_headers, compose_mail, new_message_id
from services.feedback.sending.models import Mail, Sending
from services.feedback.sending.post import PostResult, post_mail
from services.feedback.sending.rules import is_in_domains, reason_against_mail
from services.feedback.sending.teller import Teller
from shared.auth import Actor
from shared.clock import now
from shared.db import wake_after_commit
from shared.events import Envelope
from shared.events.feedback import (
    FailedReason,
    HeldReason,
    TellingDelivered,
    TellingFact,
    TellingFailed,
    TellingHeld,
    TellingsReleased,
)
from shared.events.loop import LoopTellingRequested
from shared.ids import new_id
from shared.outbox import Outbox, outbox_values, record

# Minutes until the next try; after the last the telling has failed. Three days in all.
RETRY_MINUTES = (1, 5, 15, 60, 240, 960, 1440, 1440)
DAY = timedelta(days=1)
HELD_UP = timedelta(minutes=1)


class Carried(NamedTuple):
    """A telling that a mail carries, and the code in it."""

    sending: Sending
    mailed_ref: str | None
    part: MailPart


async def request_telling(session: AsyncSession, event: LoopTellingRequested, _: Envelope) -> None:
    """Store that a person must be told; the teller takes it from here."""
    if await session.get(Sending, event.telling_id) is None:
        sending = Sending(
            id=event.telling_id,
            version=0,
            state="waiting",
            requested_at=now(),
            loop_id=event.loop_id,
            feedback_id=event.feedback_id,
            kind=event.kind,
            organisation_id=event.organisation_id,
            footprint_id=event.footprint_id,
            answer=event.answer,
            judged_by=event.judged_by,
            demonstration=event.demonstration,
        )
        session.add(sending)


async def carry_out_unsubscriptions(session: AsyncSession, teller: Teller) -> int:
    """Stop mail to the people who want no more; return how many requests that were."""
    wishes = await queries.open_unsubscriptions(session)
    for wish in wishes:
        seal = (await queries.sealed_contributors(session, [wish.feedback_id])).get(wish.feedback_id)
        person = open_contributor(seal, wish.feedback_id, teller.key) if seal else None
        if person and person.address:
            ref = teller.codes.person_ref_of(person.address)
            await queries.suppress_person(session, ref, "unsubscribed", wish.wished_at)
            await queries.reassess_person(session, ref)
        wish.done_at = now()
    return len(wishes)


async def find_addressees(session: AsyncSession, teller: Teller) -> int:
    """Find the addressee of each new telling; return how many tellings that were."""
    waiting = await queries.tellings_without_addressee(session)
    if waiting:
        await assess_contributors(session, teller, {sending.feedback_id for sending in waiting})
    for sending in waiting:
        reason, person = await find_addressee(session, teller, sending)
        if reason or person is None or person.address is None:
            mark_failed(session, sending, reason or "unreadable")
            continue
        sending.person_ref = teller.codes.person_ref_of(person.address)
        if held_by := teller.gate.reason_to_hold(person.address):
            mark_held(session, sending, held_by)
    return len(waiting)


async def find_addressee(
    session: AsyncSession, teller: Teller, sending: Sending
) -> tuple[FailedReason | None, StoredContributor | None]:
    """Why a telling cannot go by mail, or the person it is for."""
    contact = await queries.contact_row_of_feedback(session, sending.feedback_id)
    seal = (await queries.sealed_contributors(session, [sending.feedback_id])).get(sending.feedback_id)
    person = open_contributor(seal, sending.feedback_id, teller.key) if seal else None
    if reason := reason_against_mail(contact, person):
        return reason, None
    if person and await queries.is_suppressed(session, teller.codes.person_ref_of(person.address or "")):
        return "suppressed", None
    return None, person


async def make_mail(session: AsyncSession, teller: Teller) -> int:
    """Put every telling that waits for one person into one mail; return how many that were."""
    waited = now() - timedelta(seconds=teller.settings.sending_batch_seconds)
    most, since = teller.settings.sending_mails_per_day, now() - DAY
    person_ref = await queries.person_to_write_to(session, waited, most, since)
    tellings = await queries.tellings_for_person(session, person_ref) if person_ref else []
    if not tellings:
        return 0
    mail = Mail(id=new_id(), made_at=now(), tries=0, next_try_at=now(), message_id="")
    mail.message_id = new_message_id(mail.id, teller.settings.sending_from)
    session.add(mail)
    await session.flush()
    for sending in tellings:
        sending.state, sending.mail_id = "mailed", mail.id
    return len(tellings)


async def send_mail(session: AsyncSession, teller: Teller) -> int:
    """Send one mail that is due and save the result; return how many mails that were."""
    mail = await queries.mail_to_send(session, now())
    if mail is None:
        return 0
    to, carried = await find_carried(session, teller, mail)
    if not carried:
        mail.ended_at = now()
    elif teller.gate.reason_to_hold(to):
        # An earlier try may have sent it: it stays the same mail until it may go.
        mail.next_try_at = now() + HELD_UP
    else:
        settings, parts = teller.settings, [each.part for each in carried]
        message = compose_mail(mail, to, parts, sender=settings.sending_from, url=settings.look_up_url)
        add_stop_headers(message, teller.stop_url_of(mail.id))
        result = await post_mail(settings, message)
        save_post_result(session, mail, [each.sending for each in carried], result)
        await keep_post_result(session, teller, to, carried, result)
    return 1


async def find_carried(session: AsyncSession, teller: Teller, mail: Mail) -> tuple[str, list[Carried]]:
    """The address that a mail goes to, and the tellings that it carries to whoever has that address.

    A contributor who has another address by now is told in another mail: nobody reads another's code.
    """
    to, carried = "", []
    for sending in await queries.tellings_in_mail(session, mail.id):
        reason, person = await find_addressee(session, teller, sending)
        if reason or person is None or person.address is None:
            mark_failed(session, sending, reason or "unreadable")
            continue
        reach = await queries.reach_of_feedback(session, sending.feedback_id)
        theirs = teller.person_ref_of(person)
        if reach is None or not theirs == reach.person_ref == sending.person_ref:
            sending.state, sending.mail_id, sending.person_ref = "waiting", None, None
            continue
        to = person.address
        code = teller.codes.mailed_code_of(reach.id, reach.address_number)
        part = await mail_part_of_telling(session, sending, code)
        carried.append(Carried(sending, reach.mailed_ref, part))
    return to, carried


async def mail_part_of_telling(session: AsyncSession, sending: Sending, code: str) -> MailPart:
    """What a mail says about one telling, with the code that only mail carries."""
    body = await queries.name_of_body(session, sending)
    return MailPart(sending.kind, body, code, sending.demonstration, sending.judged_by)


async def keep_post_result(
    session: AsyncSession, teller: Teller, to: str, carried: list[Carried], result: PostResult
) -> None:
    """Save whom a mail reached, and whether the mail server takes or refuses their address."""
    person_ref = teller.codes.person_ref_of(to)
    if result == "address_refused":
        await queries.note_refusal(session, person_ref, now())
    if result != "delivered":
        return
    await queries.forget_refusal(session, person_ref)
    for sending, mailed_ref, _ in carried:
        own = await is_own_address(session, teller, sending, to)
        mark_delivered(session, sending, own_address=own, mailed_ref=mailed_ref)


def save_post_result(session: AsyncSession, mail: Mail, carried: list[Sending], result: PostResult) -> None:
    """Save the result of a try: finally failed, to try again, or that there is nothing more to try."""
    mail.tries += 1
    if result == "again" and mail.tries <= len(RETRY_MINUTES):
        mail.next_try_at = now() + timedelta(minutes=RETRY_MINUTES[mail.tries - 1])
        return
    mail.ended_at = now()
    if result != "delivered":
        for sending in carried:
            mark_failed(session, sending, "tries_exhausted" if result == "again" else result)


async def is_own_address(session: AsyncSession, teller: Teller, sending: Sending, address: str) -> bool:
    """Whether an address stands for this one contributor of a loop, and is no public body's."""
    if is_in_domains(address, teller.settings.staff_domains):
        return False
    mailbox_ref = teller.codes.mailbox_ref_of(sending.loop_id, address)
    return await queries.claim_address(session, sending.loop_id, mailbox_ref, sending.feedback_id)


def mark_delivered(
    session: AsyncSession, sending: Sending, *, own_address: bool, mailed_ref: str | None
) -> None:
    """Save that a person was told, at whose address, and with which code."""
    sending.state, sending.in_format, sending.at, sending.reason = "delivered", "email", now(), None
    sending.mailed_ref = mailed_ref
    event = telling_event(
        sending, TellingDelivered, in_format="email", own_address=own_address, mailed_ref=mailed_ref
    )
    record(session, sending, event)


def mark_failed(session: AsyncSession, sending: Sending, reason: FailedReason) -> None:
    """Save that a person cannot be told."""
    sending.state, sending.reason, sending.at = "failed", reason, now()
    record(session, sending, telling_event(sending, TellingFailed, reason=reason))


def mark_held(session: AsyncSession, sending: Sending, reason: HeldReason) -> None:
    """Save that a telling waits for release; the event comes once, however often it is held again."""
    if sending.reason != reason:
        record(session, sending, telling_event(sending, TellingHeld, reason=reason))
    sending.state, sending.reason, sending.at = "held", reason, now()


async def release_held(session: AsyncSession, by: Actor) -> int:
    """Release the tellings that are held, and save for the audit who did it; return how many they are."""
    count = await queries.release_held_tellings(session)
    if count:
        released = TellingsReleased(
            act_id=new_id(),
            subject_id=None,
            organisation_id=None,
            client_id=None,
            actor=by.pseudonym,
            role=by.role,
        )
        session.add(Outbox(**outbox_values(released, 1)))
        wake_after_commit(session)
    return count


def telling_event(sending: Sending, kind: type[TellingFact], **facts: str | bool | None) -> TellingFact:
    """An event about a telling."""
    ids = {"telling_id": sending.id, "loop_id": sending.loop_id, "feedback_id": sending.feedback_id}
    return kind.model_validate(ids | facts)
