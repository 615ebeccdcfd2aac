"""Knocking, and whether anybody answered."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.changes import domain as changes
from services.registry.changes.domain import Act
from services.registry.contacts import domain as contacts
from services.registry.contacts.errors import ContactEnded
from services.registry.knocks import queries
from services.registry.knocks.errors import KnocksSpent, OutcomeKnown, TooEarlyForSilence
from services.registry.knocks.models import Knock
from services.registry.knocks.schemas import Answered, KnockOut, NewKnock, Outcomes, Responsiveness
from services.registry.models import Body, Contact
from shared.auth import Caller
from shared.clock import ENGLAND, now, today
from shared.db import locked
from shared.disclosure import HELD
from shared.errors import NotFound, invalid
from shared.events.registry import KnockUnanswered
from shared.ids import new_id

# When WriteToThem asks whether they replied.
SILENT_AFTER = timedelta(days=14)
# One client can paint no door black: so many knocks at one door may it record in a day.
KNOCKS_A_DAY_MAX = 3
RECORDED_WITHIN = timedelta(days=90)
# For so many organisations words have to come back within this time before a door is in doubt.
BOUNCED_FOR, BOUNCED_WITHIN = 2, timedelta(days=90)
# That a door stays silent is told of so many organisations as the numbers are, and once in this time.
SILENT_WITHIN = timedelta(days=90)
# What may change the body that a door belongs to.
TOLD_OF = frozenset(["silence", "bounced"])
# Before it nobody knocked, and there is a year before it in the calendar.
EARLIEST = date(3, 1, 1)
CLOCKS_DIFFER = timedelta(minutes=5)
KNOCKS = "knocks at this door, as those who knocked recorded them"


def told(knock: Knock) -> KnockOut:
    """Return a knock as it is told to who recorded it."""
    return KnockOut.model_validate({**vars(knock), "silent_from": knock.knocked_at + SILENT_AFTER})


async def record(session: AsyncSession, contact_id: UUID, new: NewKnock, caller: Caller) -> Knock:
    """Record a knock; KnocksSpent when one client recorded too many at one door in a day."""
    contact = await contacts.find(session, contact_id)
    refuse_impossible(new, contact)
    since = datetime.combine(today(), time(), ENGLAND)
    if await queries.count_alone(session, caller.client_id, contact_id, since) >= KNOCKS_A_DAY_MAX:
        raise KnocksSpent(headers={"Retry-After": str(seconds_left(since))})
    if new.outcome in TOLD_OF:
        # Before the new row holds on to its body: two that do so at once could not go on to lock it.
        await locked(session, Body, contact.body_id)
    knock = Knock(
        id=new_id(),
        version=1,
        contact_id=contact_id,
        body_id=contact.body_id,
        client_id=caller.client_id,
        organisation_id=caller.organisation_id,
        knocked_at=new.knocked_at,
        outcome=None,
        answered_at=None,
        recorded_at=now(),
    )
    session.add(knock)
    if new.outcome:
        await settle(session, knock, Answered(outcome=new.outcome, answered_at=new.answered_at))
    await session.flush()
    return knock


def seconds_left(since: datetime) -> int:
    """Return how long the day that began at an instant still lasts."""
    return max(1, int((since + timedelta(days=1) - now()).total_seconds()))


def refuse_impossible(new: NewKnock, contact: Contact) -> None:
    """Refuse a knock that is still to come, too long ago to be remembered, or at a door that was closed."""
    if new.knocked_at > now() + CLOCKS_DIFFER:
        raise invalid("/knocked_at", "This is still to come: record a knock after it.")
    if new.knocked_at < now() - RECORDED_WITHIN:
        raise invalid("/knocked_at", "A knock is recorded within 90 days.")
    if contact.ended_on and contact.ended_on < new.knocked_at.astimezone(ENGLAND).date():
        raise ContactEnded
    if new.answered_at and not new.outcome:
        raise invalid("/outcome", "Say what the answer was.")


async def find(session: AsyncSession, knock_id: UUID, caller: Caller, *, lock: bool = False) -> Knock:
    """Return a knock; NotFound unless the same client recorded it."""
    found = await queries.one(session, knock_id, caller.client_id, lock=lock)
    if found is None:
        raise NotFound
    return found


async def answer(session: AsyncSession, knock_id: UUID, given: Answered, caller: Caller) -> Knock:
    """Say what came of a knock; NotFound unless the same client recorded it."""
    knock = await find(session, knock_id, caller, lock=True)
    if knock.outcome is not None and (knock.outcome != "silence" or given.outcome == "silence"):
        raise OutcomeKnown
    await settle(session, knock, given)
    return knock


async def settle(session: AsyncSession, knock: Knock, given: Answered) -> None:
    """Let a new or locked knock have an outcome, and tell what follows from it, last."""
    refuse_untimely(knock, given)
    knock.outcome, knock.answered_at = given.outcome, given.answered_at
    knock.version += 1
    await session.flush()
    if given.outcome == "silence":
        await tell_of_silence(session, knock)
    if given.outcome == "bounced":
        await doubt(session, knock)


def refuse_untimely(knock: Knock, given: Answered) -> None:
    """Refuse an answer from before the knock or from the time to come, and silence that is none yet."""
    if given.outcome == "silence":
        if given.answered_at:
            raise invalid("/answered_at", "Silence is no answer: leave this out.")
        if now() < knock.knocked_at + SILENT_AFTER:
            raise TooEarlyForSilence
    elif given.answered_at is None and given.outcome == "person":
        raise invalid("/answered_at", "Say when the person answered.")
    elif given.answered_at and not knock.knocked_at <= given.answered_at <= now() + CLOCKS_DIFFER:
        raise invalid("/answered_at", "An answer comes after the knock, and by now.")


async def fall_silent(session: AsyncSession) -> int:
    """Let one knock that nobody answered in 14 days be silence; return how many it was."""
    knock = await queries.one_due(session, now() - SILENT_AFTER)
    if knock is None:
        return 0
    await settle(session, knock, Answered(outcome="silence"))
    return 1


async def tell_of_silence(session: AsyncSession, knock: Knock) -> None:
    """Tell that a door stays silent, if it did to several and that was not told lately."""
    body = await locked(session, Body, knock.body_id)
    since = now() - SILENT_WITHIN
    if await queries.silent_to(session, knock.contact_id, since) < queries.SOURCES_MIN:
        return
    if await queries.told_of_silence(session, body.id, knock.contact_id, since):
        return
    contact = await session.get_one(Contact, knock.contact_id)
    event = KnockUnanswered(**await contacts.state(session, body, contact))
    act = Act("Several who knocked had no answer within 14 days.", KNOCKS)
    await changes.tell(session, body, event, act)


async def doubt(session: AsyncSession, knock: Knock) -> None:
    """Let a door be in doubt when words sent there came back for several."""
    body = await locked(session, Body, knock.body_id)
    contact = await session.get_one(Contact, knock.contact_id, populate_existing=True)
    if await queries.bounced_for(session, contact, now() - BOUNCED_WITHIN) >= BOUNCED_FOR:
        act = Act("What was sent there came back for several who knocked.", KNOCKS)
        await contacts.doubt(session, body, contact, today(), act)


async def responsiveness(session: AsyncSession, *, of: Any, doors: Any, day: date) -> Responsiveness:
    """Return whether anybody answered those who knocked in the four quarters that were over by a day.

    `of` says which knocks, `doors` which contacts. Quarters of few are left out: so what is said of two
    days differs by nothing, or by many. Nobody knocks where the calendar begins.
    """
    over = quarters_over(day)
    since, until = over.replace(year=over.year - 1), over - timedelta(days=1)
    found = await queries.numbers(session, of, midnight(since), midnight(over))
    few, settled = not found.all, found.all - found.waiting
    return Responsiveness(
        as_of=day,
        since=since,
        until=until,
        too_few_to_say=few,
        knocks=HELD if few and found.too_few else found.all,
        outcomes=None if few else Outcomes.model_validate(found),
        share_answered=None if few or not settled else round(found.person / settled, 3),
        median_hours=None if few or not found.person else round(found.median_seconds / 3600, 1),
        last_alive_on=await queries.last_alive_on(session, of, doors, day),
    )


def quarters_over(day: date) -> date:
    """Return the first day after the last quarter that is over by a day, and by now."""
    after = min(max(day, EARLIEST), today() - timedelta(days=1)) + timedelta(days=1)
    return date(after.year, (after.month - 1) // 3 * 3 + 1, 1)


def midnight(day: date) -> datetime:
    """Return when a day begins in England."""
    return datetime.combine(day, time(), ENGLAND)
