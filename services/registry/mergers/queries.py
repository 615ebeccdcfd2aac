"""Declared mergers, and what is known of the bodies that they are about."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, cast, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from services.registry.ledger.views import NOW, is_in_force, is_open_on, is_said
from services.registry.mergers.models import Merger
from services.registry.mergers.schemas import CLOSING
from services.registry.models import Body, BodyName, Boundary, Relation, Succession

DAY = timedelta(days=1)


async def wait_for_other_mergers(session: AsyncSession) -> None:
    """Wait until nobody else declares, corrects or withdraws a merger."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('registry mergers'))"))


async def name_edition(session: AsyncSession, day: date) -> str:
    """The name of the edition that starts on a day: `ICB2027`, or `ICB2027-07` for a second one."""
    name = f"ICB{day.year}"
    other = select(Boundary.id).join(Body, Body.id == Boundary.body_id).where(Body.withdrawn_at.is_(None))
    other = other.where(Boundary.edition == name, Boundary.valid_from != day, is_said(Boundary, NOW))
    return name if await session.scalar(other.limit(1)) is None else f"{name}-{day.month:02}"


async def regions_by_name(session: AsyncSession, day: date) -> dict[str, UUID]:
    """The regions of NHS England by their short names, such as `South East`."""
    wanted = select(BodyName.name, Body.id).join(Body, Body.id == BodyName.body_id)
    found = await session.execute(wanted.where(Body.kind == "nhs_region", is_in_force(BodyName, day, NOW)))
    return {name.removeprefix("NHS England "): region for name, region in found}


def members_until(footprints: Iterable[UUID], day: date) -> Select[UUID, UUID]:
    """Select who belonged to footprints the day before, and is open on the day: (organisation, footprint)."""
    return (
        select(Relation.from_id, Relation.to_id)
        .join(Body, Body.id == Relation.from_id)
        .where(Relation.to_id.in_(list(footprints)), Relation.kind == "member_of")
        .where(is_in_force(Relation, day - DAY, NOW), is_open_on(day))
    )


async def find_unassigned(session: AsyncSession, footprints: Collection[UUID], day: date) -> Sequence[UUID]:
    """The members of footprints that close before a day, of which nobody has said where they belong then."""
    link, joined = aliased(Relation), aliased(Relation)
    is_heir = and_(link.from_id == Relation.to_id, link.kind == CLOSING, link.valid_from == day)
    heirs = select(link.to_id).where(is_heir, is_said(link, NOW)).correlate(Relation)
    count = select(func.count()).where(is_heir, is_said(link, NOW)).correlate(Relation).scalar_subquery()
    assigned = (
        select(joined.id)
        .where(joined.from_id == Relation.from_id, joined.kind == "member_of", joined.to_id.in_(heirs))
        .where(is_in_force(joined, day, NOW))
        # Of several heirs only one that was joined on the day is an answer: a council may lie in another.
        .where(or_(joined.valid_from == day, count == 1))
    )
    members = members_until(footprints, day).where(~assigned.exists())
    ids = members.with_only_columns(Relation.from_id).distinct().order_by(Relation.from_id)
    return (await session.scalars(ids)).all()


def english_day(
    moment: InstrumentedAttribute[datetime] | InstrumentedAttribute[datetime | None],
) -> ColumnElement[date]:
    """The day of a moment in England."""
    return cast(func.timezone("Europe/London", moment), Date)


def mergers_on(day: date, state: str | None) -> Select[Merger]:
    """Select the mergers that had been declared by a day, in the state that they were in then."""
    is_withdrawn = english_day(Merger.withdrawn_at) <= day
    is_in_state = {
        "withdrawn": is_withdrawn,
        "declared": and_(is_withdrawn.is_not(True), Merger.effective_on > day),
        "in_force": and_(is_withdrawn.is_not(True), Merger.effective_on <= day),
    }
    wanted = select(Merger).where(english_day(Merger.declared_at) <= day)
    return wanted.where(is_in_state[state]) if state else wanted


async def due_mergers(session: AsyncSession, day: date) -> Sequence[Merger]:
    """The mergers whose day has come and whose changes are not published yet, locked."""
    wanted = select(Merger).where(
        Merger.published_at.is_(None), Merger.withdrawn_at.is_(None), Merger.effective_on <= day
    )
    return (await session.scalars(wanted.order_by(Merger.effective_on, Merger.id).with_for_update())).all()


async def links_on(
    session: AsyncSession, day: date, named: Collection[UUID] | None = None
) -> dict[UUID, list[Relation]]:
    """The links of named bodies that were succeeded on a day, the largest share first.

    Without names those of all footprints: organisations that merged are many, and few own anything here.
    """
    wanted = (
        select(Relation)
        .join(Body, Body.id == Relation.from_id)
        .where(Relation.kind == CLOSING, Relation.valid_from == day)
        .where(Body.is_footprint if named is None else Body.id.in_(named))
        .where(is_said(Relation, NOW))
        .order_by(Relation.from_id, Relation.share.desc().nulls_last(), Relation.to_id)
    )
    found: dict[UUID, list[Relation]] = {}
    for link in await session.scalars(wanted):
        found.setdefault(link.from_id, []).append(link)
    return found


async def find_applied(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Succession]:
    """The successions of these predecessors that have been applied."""
    found = await find_successions(session, ids)
    return {each: row for each, row in found.items() if row.undone_at is None}


async def find_successions(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Succession]:
    """The successions of these predecessors, also those that were undone."""
    found = await session.scalars(select(Succession).where(Succession.predecessor_id.in_(ids)))
    return {each.predecessor_id: each for each in found}
