"""What is counted of knocks, and which are due."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.knocks import queries
from services.registry.knocks.models import Knock
from services.registry.models import Contact
from services.registry.settings import Settings
from shared.ids import new_id
from tests.fixtures.databases import SessionFor

NOON = datetime(2021, 6, 1, 12, tzinfo=UTC)
SPAN = NOON - timedelta(days=365), NOON + timedelta(days=365)


@pytest.fixture
async def session(imported: Settings, session_for: SessionFor) -> AsyncSession:
    """Give a session that undoes itself."""
    return await session_for("registry")


@pytest.fixture
async def contact(session: AsyncSession) -> Contact:
    """Give a contact that is known."""
    return (await session.scalars(select(Contact).order_by(Contact.id).limit(1))).one()


async def keep(
    session: AsyncSession, contact: Contact, whose: UUID, outcome: str | None, **fields: Any
) -> Knock:
    """Keep a knock."""
    given: dict[str, Any] = {"knocked_at": NOON, "answered_at": None, "recorded_at": NOON}
    knock = Knock(
        id=new_id(),
        version=1,
        contact_id=contact.id,
        body_id=contact.body_id,
        client_id=new_id(),
        organisation_id=whose,
        outcome=outcome,
        **(given | fields),
    )
    session.add(knock)
    await session.flush()
    return knock


async def test_the_best_outcome_of_a_day_counts(session: AsyncSession, contact: Contact) -> None:
    me = new_id()
    for outcome in (None, "silence", "bounced", "automatic"):
        await keep(session, contact, me, outcome)
    await keep(session, contact, me, "person", answered_at=NOON + timedelta(hours=3))
    await keep(session, contact, me, "bounced", knocked_at=NOON + timedelta(days=1))
    for _ in range(3):
        await keep(session, contact, new_id(), "automatic")
    found = await queries.count_outcomes(session, Knock.contact_id == contact.id, *SPAN)
    assert (found.all, found.too_few, found.person, found.bounced, found.automatic) == (5, 0, 1, 1, 3)
    assert found.median_hours == 3


async def test_quarters_of_few_knocks_or_of_few_who_knocked_are_left_out(
    session: AsyncSession, contact: Contact
) -> None:
    two = new_id(), new_id()
    quarter = timedelta(days=92)
    for day in range(3):
        for whose in two:
            await keep(session, contact, whose, "bounced", knocked_at=NOON + timedelta(days=day))
    after = {"knocked_at": NOON + quarter, "recorded_at": NOON + quarter}
    for _ in range(4):
        await keep(session, contact, new_id(), "bounced", **after)
    found = await queries.count_outcomes(session, Knock.contact_id == contact.id, *SPAN)
    assert (found.all, found.too_few) == (0, 10)
    # Recorded when the quarter was over: it would show.
    await keep(session, contact, new_id(), "bounced", **after | {"recorded_at": NOON + 2 * quarter})
    assert (await queries.count_outcomes(session, Knock.contact_id == contact.id, *SPAN)).all == 0
    await keep(session, contact, new_id(), "bounced", **after)
    found = await queries.count_outcomes(session, Knock.contact_id == contact.id, *SPAN)
    assert (found.all, found.bounced, found.too_few) == (5, 5, 6)


async def test_a_day_is_one_of_england(session: AsyncSession, contact: Contact) -> None:
    me = new_id()
    for hour in (22, 23):  # the second is after midnight in summer
        await keep(session, contact, me, "bounced", knocked_at=NOON.replace(hour=hour, minute=30))
    found = await queries.count_outcomes(session, Knock.contact_id == contact.id, *SPAN)
    assert found.too_few == 2


async def test_nothing_is_counted_where_nobody_knocked(session: AsyncSession) -> None:
    found = await queries.count_outcomes(session, Knock.contact_id == new_id(), *SPAN)
    assert (found.all, found.too_few, found.median_hours) == (0, 0, None)


async def test_the_oldest_that_waits_is_due_first(session: AsyncSession, contact: Contact) -> None:
    for days in (2, 3, 1):
        await keep(session, contact, new_id(), None, knocked_at=NOON - timedelta(days=days))
    await keep(session, contact, new_id(), "person", knocked_at=NOON - timedelta(days=9))
    due = await queries.next_due(session, NOON - timedelta(days=2))
    assert due is not None
    assert due.knocked_at == NOON - timedelta(days=3)
    assert await queries.next_due(session, NOON - timedelta(days=4)) is None


async def bounced_for(session: AsyncSession, contact: Contact, since: datetime) -> int:
    """Count the organisations for which messages bounced since an instant and since the last verification."""
    bounced = queries.ended_as(contact.id, "bounced", since, after=contact.verified_on)
    return await queries.count_sources(session, bounced)


async def test_bounces_count_by_organisation_since_somebody_verified(
    session: AsyncSession, contact: Contact
) -> None:
    me, other = new_id(), new_id()
    for whose in (me, me, other):
        await keep(session, contact, whose, "bounced")
    since = NOON - timedelta(days=1)
    assert await bounced_for(session, contact, since) == 2
    assert await bounced_for(session, contact, NOON + timedelta(days=1)) == 0
    contact.verified_on = NOON.date()
    assert await bounced_for(session, contact, since) == 0
