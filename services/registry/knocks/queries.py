"""Knocks: a client's own, those that wait too long, and what all of them together say."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, case, cast, func, select, text
from sqlalchemy.dialects.postgresql import JSONB, distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import said
from services.registry.knocks.models import Knock
from services.registry.models import Change, Contact
from shared.disclosure import SMALL
from shared.events.registry import KnockUnanswered

# Of several knocks of one client at one door on one day, the one with the best outcome counts.
RANK = case({"person": 0, "automatic": 1, "bounced": 2, "silence": 3}, value=Knock.outcome, else_=4)
KNOCKED_ON = func.date(func.timezone("Europe/London", Knock.knocked_at))
# Several clients of an organisation are one: it cannot outvote others by having many.
WHOSE = func.coalesce(Knock.organisation_id, Knock.client_id)
# Knocks of fewer organisations would tell who knocked, and leave a door to the judgement of one or two.
SOURCES_MIN = 3


def own(client_id: UUID | None, contact_id: UUID | None, waiting: bool | None) -> Select[Knock]:
    """Select the knocks that a client recorded."""
    wanted = select(Knock).where(Knock.client_id == client_id)
    if contact_id:
        wanted = wanted.where(Knock.contact_id == contact_id)
    if waiting is not None:
        wanted = wanted.where(Knock.outcome.is_(None) if waiting else Knock.outcome.is_not(None))
    return wanted


async def one(session: AsyncSession, knock_id: UUID, client_id: UUID | None, *, lock: bool) -> Knock | None:
    """Return a knock that a client recorded."""
    wanted = select(Knock).where(Knock.id == knock_id, Knock.client_id == client_id)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return await session.scalar(wanted)


async def count_alone(
    session: AsyncSession, client_id: UUID | None, contact_id: UUID, since: datetime
) -> int:
    """Return how many knocks a client recorded at a door since an instant; its next one waits until then."""
    key = text("SELECT pg_advisory_xact_lock(hashtext(:key))")
    await session.execute(key, {"key": f"knock {client_id} {contact_id}"})
    wanted = select(func.count()).where(
        Knock.client_id == client_id, Knock.contact_id == contact_id, Knock.recorded_at >= since
    )
    return await session.scalar(wanted) or 0


async def one_due(session: AsyncSession, before: datetime) -> Knock | None:
    """Return a knock from before an instant that nobody answered, locked; passes over those of others."""
    wanted = select(Knock).where(Knock.outcome.is_(None), Knock.knocked_at <= before)
    locking = wanted.order_by(Knock.knocked_at).limit(1).with_for_update(skip_locked=True)
    return await session.scalar(locking.execution_options(populate_existing=True))


async def bounced_for(session: AsyncSession, contact: Contact, since: datetime) -> int:
    """Return for how many organisations words sent to a door came back, since it was last made sure of."""
    wanted = select(func.count(WHOSE.distinct())).where(
        Knock.contact_id == contact.id, Knock.outcome == "bounced", Knock.knocked_at >= since
    )
    if contact.verified_on:
        wanted = wanted.where(contact.verified_on < KNOCKED_ON)
    return await session.scalar(wanted) or 0


async def silent_to(session: AsyncSession, contact_id: UUID, since: datetime) -> int:
    """Return to how many organisations that knocked since an instant a door stayed silent."""
    wanted = select(func.count(WHOSE.distinct())).where(
        Knock.contact_id == contact_id, Knock.outcome == "silence", Knock.knocked_at >= since
    )
    return await session.scalar(wanted) or 0


async def told_of_silence(session: AsyncSession, body_id: UUID, contact_id: UUID, since: datetime) -> bool:
    """Tell whether the feed says since an instant that a door stays silent."""
    door = cast(Change.state, JSONB)["contact_id"].astext
    wanted = select(Change.position).where(
        Change.record_id == body_id,
        Change.type == KnockUnanswered.type,
        Change.at >= since,
        door == str(contact_id),
    )
    return await session.scalar(wanted.limit(1)) is not None


def counted(of: ColumnElement[bool], since: datetime, until: datetime) -> Any:
    """Select the knocks that count: one for each client, door and day, recorded in the quarter it was in."""
    key = (WHOSE, Knock.contact_id, KNOCKED_ON)
    quarter = quarter_of(Knock.knocked_at)
    return (
        select(
            WHOSE.label("whose"), quarter.label("quarter"), Knock.outcome, Knock.knocked_at, Knock.answered_at
        )
        .where(of, Knock.knocked_at >= since, Knock.knocked_at < until)
        .where(quarter_of(Knock.recorded_at) == quarter)
        .ext(distinct_on(*key))
        .order_by(*key, RANK, Knock.answered_at)
        .cte()
    )


def quarter_of(instant: Any) -> Any:
    """Return the first day of the quarter that an instant is in."""
    return func.date_trunc("quarter", func.timezone("Europe/London", instant))


async def numbers(
    session: AsyncSession, of: ColumnElement[bool], since: datetime, until: datetime
) -> Row[*tuple[Any, ...]]:
    """Return how many knocks of the quarters with many ended how, and the median wait for a person.

    `too_few` is how many there were in quarters with fewer than 5, or with those of fewer than 3.
    """
    knock = counted(of, since, until)
    many = select(knock.c.quarter).group_by(knock.c.quarter)
    many = many.having(func.count() >= SMALL, func.count(knock.c.whose.distinct()) >= SOURCES_MIN)
    told, person = knock.c.quarter.in_(many), knock.c.outcome == "person"
    wait = func.extract("epoch", knock.c.answered_at - knock.c.knocked_at)
    wanted = select(
        *(
            func.count().filter(told, knock.c.outcome == each).label(each)
            for each in ("person", "automatic", "bounced", "silence")
        ),
        func.count().filter(told, knock.c.outcome.is_(None)).label("waiting"),
        func.count().filter(told).label("all"),
        func.count().filter(~told).label("too_few"),
        func.percentile_cont(0.5).within_group(wait).filter(told, person).label("median_seconds"),
    )
    return (await session.execute(wanted)).one()


async def last_alive_on(
    session: AsyncSession, of: ColumnElement[bool], doors: ColumnElement[bool], day: date
) -> date | None:
    """Return the day by which a person last answered there, or somebody last made sure of a door."""
    answered_on = func.date(func.timezone("Europe/London", Knock.answered_at))
    answered = select(func.max(answered_on)).where(of, Knock.outcome == "person", answered_on <= day)
    verified = select(func.max(Contact.verified_on)).where(doors, said(Contact), Contact.verified_on <= day)
    # The greater of two that may be NULL.
    return await session.scalar(select(func.greatest(answered.scalar_subquery(), verified.scalar_subquery())))
