"""Knocks at contacts: what came of them, and how well a contact answers (docs/decisions/0014)."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.restated import publish_facts
from services.registry.contacts.domain import ContactEnded, find_contact
from services.registry.knocks import queries, schemas
from services.registry.knocks.models import Knock
from services.registry.knocks.schemas import KnockOut, NewKnock, Outcome, Responsiveness
from services.registry.ledger.acts import Act, Ledger
from services.registry.ledger.views import View
from services.registry.models import Body, Contact
from shared.change_request import ChangeRequest
from shared.clock import beginning_of, day_in_england, now, today
from shared.db import locked
from shared.disclosure import HELD
from shared.errors import Conflict, Forbidden, Problem, TooMany, invalid
from shared.events.registry import ContactChanged, KnockUnanswered
from shared.ids import new_id

# When WriteToThem asks whether they replied.
SILENT_AFTER = timedelta(days=14)
# A client may record this many knocks at one contact in a day, so that no single client can blacken it.
KNOCKS_A_DAY_MAX = 3
# A knock counts for this long: it must be recorded, and others must bounce or stay silent, within it.
COUNTS_FOR = timedelta(days=90)
# A contact is in doubt when messages to it bounced for this many organisations.
BOUNCED_FOR = 2
# The outcomes that may change the body of the contact.
CHANGES_BODY = frozenset(["silence", "bounced"])
# Nobody knocked before this day, and the calendar still has a year before it.
EARLIEST = date(3, 1, 1)
CLOCKS_DIFFER = timedelta(minutes=5)
SOURCE = "Knocks at this contact, as the clients that knocked recorded them"


class OwnContact(Forbidden):
    """You keep this contact, so your knocks say nothing about it. Verify or correct the contact instead."""


class KnocksSpent(TooMany):
    """You have recorded the 3 knocks that one client may record at a contact in a day. Try again tomorrow."""


class OutcomeKnown(Conflict):
    """This knock already has an outcome. An answer that comes late can replace only `silence`."""


class TooEarlyForSilence(Problem):
    """You can record silence 14 days after the knock. Leave `outcome` out: it becomes `silence` then."""

    status = 422


def knock_view(knock: Knock) -> KnockOut:
    """The answer about a knock, for the client that recorded it."""
    return KnockOut.model_validate(vars(knock) | {"silent_from": knock.knocked_at + SILENT_AFTER})


async def record_knock(change: ChangeRequest, contact_id: UUID, new: NewKnock) -> KnockOut:
    """Record a knock, with its outcome if that is known.

    KnocksSpent when the client recorded too many at this contact today, ContactEnded when it had closed,
    OwnContact when it is of the client's own body, or of one that belongs to that.
    """
    session, caller = change.session, change.caller
    contact, body = await find_contact(session, contact_id, View(today()))
    if await queries.is_kept_by(session, body.id, caller.organisation_id):
        raise OwnContact
    refuse_impossible_knock(new, contact)
    day = today()
    spent = await queries.count_knocks_of(session, caller.client_id, contact_id, beginning_of(day))
    if spent >= KNOCKS_A_DAY_MAX:
        seconds_left = int((beginning_of(day + timedelta(days=1)) - now()).total_seconds())
        raise KnocksSpent(headers={"Retry-After": str(max(1, seconds_left))})
    if new.outcome in CHANGES_BODY:
        # Lock before the new row refers to the body: two requests could not both upgrade their locks.
        await locked(session, Body, body.id)
    knock = Knock(
        id=new_id(),
        version=1,
        contact_id=contact_id,
        body_id=body.id,
        client_id=caller.client_id,
        organisation_id=caller.organisation_id,
        knocked_at=new.knocked_at,
        outcome=None,
        answered_at=None,
        recorded_at=now(),
    )
    session.add(knock)
    if new.outcome:
        await settle_knock(session, knock, new.outcome, new.answered_at)
    await session.flush()
    return knock_view(knock)


def refuse_impossible_knock(new: NewKnock, contact: Contact) -> None:
    """Refuse a knock in the future, one from too long ago, or one at a contact that had closed."""
    if new.knocked_at > now() + CLOCKS_DIFFER:
        raise invalid("/knocked_at", "This is in the future. Record the knock after you have made it.")
    if new.knocked_at < now() - COUNTS_FOR:
        raise invalid("/knocked_at", "This is too long ago. You can record a knock for 90 days.")
    if contact.ended_on and contact.ended_on < day_in_england(new.knocked_at):
        raise ContactEnded
    if new.answered_at and not new.outcome:
        raise invalid("/outcome", "Say what the answer was, or leave `answered_at` out.")


async def record_outcome(change: ChangeRequest, knock_id: UUID, given: schemas.KnockOutcome) -> KnockOut:
    """Record what came of a knock; NotFound unless this client recorded it, OutcomeKnown when it has one."""
    knock = await queries.find_knock(change.session, knock_id, change.caller.client_id, lock=True)
    if knock.outcome is not None and (knock.outcome != "silence" or given.outcome == "silence"):
        raise OutcomeKnown
    await settle_knock(change.session, knock, given.outcome, given.answered_at)
    return knock_view(knock)


async def settle_knock(
    session: AsyncSession, knock: Knock, outcome: Outcome, answered_at: datetime | None = None
) -> None:
    """Give a new or locked knock its outcome; last, publish what several such outcomes together mean."""
    refuse_impossible_outcome(knock.knocked_at, outcome, answered_at)
    knock.outcome, knock.answered_at = outcome, answered_at
    knock.version += 1
    await session.flush()
    if outcome == "silence":
        await publish_silence(session, knock)
    if outcome == "bounced":
        await doubt_contact(session, knock)


def refuse_impossible_outcome(knocked_at: datetime, outcome: Outcome, answered_at: datetime | None) -> None:
    """Refuse an answer from before the knock or from the future, and silence within 14 days."""
    if outcome == "silence":
        if answered_at:
            raise invalid("/answered_at", "Silence has no answer. Leave this out.")
        if now() < knocked_at + SILENT_AFTER:
            raise TooEarlyForSilence
    elif answered_at is None and outcome == "person":
        raise invalid("/answered_at", "Say when the person answered.")
    elif answered_at and not knocked_at <= answered_at <= now() + CLOCKS_DIFFER:
        raise invalid("/answered_at", "Give a time after the knock that is not in the future.")


async def settle_next_silence(session: AsyncSession) -> int:
    """Record silence for one knock that had no answer for 14 days; the number settled, 0 or 1."""
    knock = await queries.next_due(session, now() - SILENT_AFTER)
    if knock is None:
        return 0
    await settle_knock(session, knock, "silence")
    return 1


async def publish_silence(session: AsyncSession, knock: Knock) -> None:
    """Publish that a contact stays silent, if it did to several organisations, once in 90 days."""
    body = await locked(session, Body, knock.body_id)
    since = now() - COUNTS_FOR
    silent = queries.ended_as(knock.contact_id, "silence", since)
    if await queries.count_sources(session, silent) < queries.SOURCES_MIN:
        return
    if await queries.is_silence_published(session, body.id, knock.contact_id, since):
        return
    contact = await session.get_one(Contact, knock.contact_id)
    act = Act("Several organisations knocked and had no answer within 14 days.", SOURCE)
    await publish_facts(Ledger(session, act), [body], [(KnockUnanswered, contact)])


async def doubt_contact(session: AsyncSession, knock: Knock) -> None:
    """Put a contact in doubt when messages bounced for several organisations since it was last verified."""
    body = await locked(session, Body, knock.body_id)
    contact = await session.get_one(Contact, knock.contact_id, populate_existing=True)
    bounced = queries.ended_as(contact.id, "bounced", now() - COUNTS_FOR, after=contact.verified_on)
    if contact.doubtful_since is None and await queries.count_sources(session, bounced) >= BOUNCED_FOR:
        act = Act("Messages to this contact bounced for several organisations.", SOURCE)
        ledger = Ledger(session, act)
        ledger.restate(contact, doubtful_since=today())
        await publish_facts(ledger, [body], [(ContactChanged, contact)])


async def responsiveness_view(
    session: AsyncSession, knocks: ColumnElement[bool], contacts_: ColumnElement[bool], day: date
) -> Responsiveness:
    """How often a person answered these knocks at these contacts, in the four quarters that ended by a day.

    Quarters with few knocks are left out, so that two days never differ by only a few knocks.
    """
    over = quarters_over(day)
    since, until = over.replace(year=over.year - 1), over - timedelta(days=1)
    counts = await queries.count_outcomes(session, knocks, beginning_of(since), beginning_of(over))
    total, settled, hours = counts.all, counts.all - counts.waiting, counts.median_hours
    return Responsiveness(
        as_of=day,
        since=since,
        until=until,
        too_few_to_say=not total,
        knocks=HELD if not total and counts.too_few else total,
        outcomes=schemas.Outcomes.model_validate(counts) if total else None,
        share_answered=round(counts.person / settled, 3) if settled else None,
        median_hours=None if hours is None else round(hours, 1),
        last_alive_on=await queries.last_alive_on(session, knocks, contacts_, day),
    )


def quarters_over(day: date) -> date:
    """The first day after the last quarter that had ended both by a day and by yesterday."""
    after = min(max(day, EARLIEST), today() - timedelta(days=1)) + timedelta(days=1)
    return date(after.year, (after.month - 1) // 3 * 3 + 1, 1)
