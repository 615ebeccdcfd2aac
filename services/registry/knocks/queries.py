"""Statements about knocks: those of one client, those that are due, and what all of them together say."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Select, case, cast, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.registry.knocks.models import Knock
from services.registry.ledger.views import NOW, is_said
from services.registry.models import Body, Change, Contact
from services.registry.stewards import kept_by
from shared.clock import ENGLAND
from shared.disclosure import SMALL
from shared.errors import NotFound
from shared.events.registry import KnockUnanswered

# From the best outcome to the worst: of one organisation's knocks at a contact on a day, the best counts.
OUTCOMES = ("person", "automatic", "bounced", "silence")
RANK = case(
    {outcome: rank for rank, outcome in enumerate(OUTCOMES)}, value=Knock.outcome, else_=len(OUTCOMES)
)
KNOCKED_ON = func.date(func.timezone(ENGLAND.key, Knock.knocked_at))
# The clients of one organisation count as one, so that it cannot outvote others by having many.
SOURCE = func.coalesce(Knock.organisation_id, Knock.client_id)
# Knocks of fewer organisations would show who knocked, and let one or two of them judge a contact.
SOURCES_MIN = 3


class OutcomeCounts(NamedTuple):
    """How many knocks had which outcome, in quarters with enough of them to publish."""

    person: int
    automatic: int
    bounced: int
    silence: int
    waiting: int
    all: int
    # In quarters with fewer than 5 knocks, or knocks of fewer than 3 organisations.
    too_few: int
    # Half of the people took no longer to answer; None when nobody did.
    median_hours: float | None


def select_knocks_of(client_id: UUID | None, contact_id: UUID | None, waiting: bool | None) -> Select[Knock]:
    """Select the knocks that a client recorded: at one contact, with or without an outcome."""
    knocks = select(Knock).where(Knock.client_id == client_id)
    if contact_id:
        knocks = knocks.where(Knock.contact_id == contact_id)
    if waiting is not None:
        knocks = knocks.where(Knock.outcome.is_(None) if waiting else Knock.outcome.is_not(None))
    return knocks


async def find_knock(
    session: AsyncSession, knock_id: UUID, client_id: UUID | None, *, lock: bool = False
) -> Knock:
    """The knock with an id; NotFound unless this client recorded it."""
    knock = select(Knock).where(Knock.id == knock_id, Knock.client_id == client_id)
    if lock:
        knock = knock.with_for_update().execution_options(populate_existing=True)
    if (found := await session.scalar(knock)) is None:
        raise NotFound
    return found


async def count_knocks_of(
    session: AsyncSession, client_id: UUID | None, contact_id: UUID, since: datetime
) -> int:
    """How many knocks a client recorded at a contact since an instant.

    The client's next request waits for this transaction, so that several at a time are counted as well.
    """
    turn = text("SELECT pg_advisory_xact_lock(hashtext(:key))")
    await session.execute(turn, {"key": f"knock {client_id} {contact_id}"})
    recorded = select(func.count()).where(
        Knock.client_id == client_id, Knock.contact_id == contact_id, Knock.recorded_at >= since
    )
    return await session.scalar(recorded) or 0


async def is_kept_by(session: AsyncSession, body_id: UUID, organisation_id: UUID | None) -> bool:
    """Whether a body is an organisation's own, or belongs to it."""
    kept = select(Body.id).where(Body.id == body_id, kept_by(organisation_id))
    return await session.scalar(kept) is not None


async def next_due(session: AsyncSession, before: datetime) -> Knock | None:
    """The oldest knock from before an instant without an outcome, locked; skips those that others have."""
    due = select(Knock).where(Knock.outcome.is_(None), Knock.knocked_at <= before)
    first = due.order_by(Knock.knocked_at).limit(1).with_for_update(skip_locked=True)
    return await session.scalar(first.execution_options(populate_existing=True))


def ended_as(
    contact_id: UUID, outcome: str, since: datetime, after: date | None = None
) -> ColumnElement[bool]:
    """True for the knocks at a contact with an outcome, made since an instant and after a day."""
    knocks = (Knock.contact_id == contact_id) & (Knock.outcome == outcome) & (Knock.knocked_at >= since)
    return knocks & (after < KNOCKED_ON) if after else knocks


async def count_sources(session: AsyncSession, knocks: ColumnElement[bool]) -> int:
    """How many organisations made these knocks."""
    return await session.scalar(select(func.count(SOURCE.distinct())).where(knocks)) or 0


async def is_silence_published(
    session: AsyncSession, body_id: UUID, contact_id: UUID, since: datetime
) -> bool:
    """Whether the feed has said since an instant that a contact stays silent."""
    change = select(Change.position).where(
        Change.record_id == body_id,
        Change.type == KnockUnanswered.type,
        Change.at >= since,
        cast(Change.state, JSONB)["contact_id"].astext == str(contact_id),
    )
    return await session.scalar(change.limit(1)) is not None


def counting_knocks(knocks: ColumnElement[bool], since: datetime, until: datetime) -> CTE:
    """One knock for each organisation, contact and day, if it was recorded in its own quarter."""
    key = (SOURCE, Knock.contact_id, KNOCKED_ON)
    quarter = quarter_of(Knock.knocked_at)
    columns = (Knock.outcome, Knock.knocked_at, Knock.answered_at)
    return (
        select(SOURCE.label("source"), quarter.label("quarter"), *columns)
        .where(knocks, Knock.knocked_at >= since, Knock.knocked_at < until)
        .where(quarter_of(Knock.recorded_at) == quarter)
        .ext(distinct_on(*key))
        .order_by(*key, RANK, Knock.answered_at)
        .cte()
    )


def quarter_of(instant: InstrumentedAttribute[datetime]) -> ColumnElement[datetime]:
    """The first day of the quarter of an instant, in England."""
    return func.date_trunc("quarter", func.timezone(ENGLAND.key, instant))


async def count_outcomes(
    session: AsyncSession, knocks: ColumnElement[bool], since: datetime, until: datetime
) -> OutcomeCounts:
    """How many of these knocks had which outcome, and how long people took to answer."""
    knock = counting_knocks(knocks, since, until)
    enough = (func.count() >= SMALL, func.count(knock.c.source.distinct()) >= SOURCES_MIN)
    large = knock.c.quarter.in_(select(knock.c.quarter).group_by(knock.c.quarter).having(*enough))
    hours = func.extract("epoch", knock.c.answered_at - knock.c.knocked_at) / 3600
    counts = select(
        *(func.count().filter(large, knock.c.outcome == outcome) for outcome in OUTCOMES),
        func.count().filter(large, knock.c.outcome.is_(None)),
        func.count().filter(large),
        func.count().filter(~large),
        func.percentile_cont(0.5).within_group(hours).filter(large, knock.c.outcome == "person"),
    )
    return OutcomeCounts._make((await session.execute(counts)).one())


async def last_alive_on(
    session: AsyncSession, knocks: ColumnElement[bool], contacts: ColumnElement[bool], day: date
) -> date | None:
    """The last day up to a day on which a person answered a knock or somebody verified a contact."""
    answered_on = func.date(func.timezone(ENGLAND.key, Knock.answered_at))
    answered = select(func.max(answered_on)).where(knocks, Knock.outcome == "person", answered_on <= day)
    verified = select(func.max(Contact.verified_on)).where(
        contacts, is_said(Contact, NOW), Contact.verified_on <= day
    )
    # PostgreSQL's greatest passes over NULL.
    return await session.scalar(select(func.greatest(answered.scalar_subquery(), verified.scalar_subquery())))
