"""Declared mergers, and what is known of the bodies that they are about."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Date, Select, and_, cast, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.registry.bodies.queries import SUCCESSIONS
from services.registry.ledger.views import NOW, is_in_force, is_open_on, is_said
from services.registry.mergers.models import Merger
from services.registry.models import Body, BodyCode, BodyName, Boundary, Dated, LegalForm, OwnFact, Relation

OWN_FACTS: tuple[type[OwnFact], ...] = (BodyName, BodyCode, LegalForm, Boundary)
CodePairs = Collection[tuple[str, str]]


async def wait_for_other_mergers(session: AsyncSession) -> None:
    """Wait until nobody else declares, corrects or withdraws a merger."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('registry mergers'))"))


async def codes_taken(
    session: AsyncSession, codes: CodePairs, day: date, own: Collection[UUID]
) -> set[tuple[str, str]]:
    """Those of these codes that another body has on a day or later."""
    held = select(BodyCode.scheme, BodyCode.code).join(Body, Body.id == BodyCode.body_id)
    wanted = held.where(
        tuple_(BodyCode.scheme, BodyCode.code).in_(codes),
        lasts_until(BodyCode, day),
        Body.withdrawn_at.is_(None),
        Body.id.not_in(own),
    )
    return {(row.scheme, row.code) for row in await session.execute(wanted)}


async def edition_starts(session: AsyncSession, edition: str) -> set[date]:
    """The days on which an edition starts."""
    wanted = select(Boundary.valid_from).join(Body, Body.id == Boundary.body_id)
    wanted = wanted.where(Boundary.edition == edition, is_said(Boundary, NOW), Body.withdrawn_at.is_(None))
    return {each for each in await session.scalars(wanted.distinct()) if each}


async def regions_by_name(session: AsyncSession, day: date) -> dict[str, UUID]:
    """The regions of NHS England by their short names, such as `South East`."""
    wanted = select(BodyName.name, Body.id).join(Body, Body.id == BodyName.body_id)
    found = await session.execute(wanted.where(Body.kind == "nhs_region", is_in_force(BodyName, day, NOW)))
    return {name.removeprefix("NHS England "): region for name, region in found}


def lasts_until(fact: type[Dated], day: date) -> ColumnElement[bool]:
    """True for the facts that are said for a day or later."""
    return and_(is_said(fact, NOW), or_(fact.valid_to.is_(None), fact.valid_to >= day))


async def facts_from(
    session: AsyncSession, ids: Collection[UUID], day: date, *models: type[OwnFact]
) -> list[OwnFact]:
    """What is said of these bodies for a day or later, of some kinds or of all."""
    found: list[OwnFact] = []
    for model in models or OWN_FACTS:
        wanted = select(model).where(model.body_id.in_(ids), lasts_until(model, day)).order_by(model.id)
        found += (await session.scalars(wanted)).all()
    return found


def is_relation_from(ids: Collection[UUID], day: date) -> ColumnElement[bool]:
    """True for the relations of these bodies on a day or later, save successions."""
    return and_(is_at_either_end(ids), Relation.kind.not_in(SUCCESSIONS), lasts_until(Relation, day))


def is_at_either_end(ids: Collection[UUID]) -> ColumnElement[bool]:
    """True for the relations that lead from or to one of these bodies."""
    return or_(Relation.from_id.in_(ids), Relation.to_id.in_(ids))


async def related_from(session: AsyncSession, ids: Collection[UUID], day: date) -> set[UUID]:
    """The bodies at both ends of these bodies' relations on a day or later, save successions."""
    wanted = select(Relation.from_id, Relation.to_id).where(is_relation_from(ids, day)).distinct()
    return {end for row in await session.execute(wanted) for end in row}


async def relations_from(session: AsyncSession, ids: Collection[UUID], day: date) -> Sequence[Relation]:
    """The relations of these bodies on a day or later, save successions; read anew."""
    wanted = select(Relation).where(is_relation_from(ids, day)).order_by(Relation.id)
    return (await session.scalars(wanted.execution_options(populate_existing=True))).all()


async def relations_of(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Relation]:
    """All relations that are said of these bodies; read anew."""
    wanted = select(Relation).where(is_at_either_end(ids), is_said(Relation, NOW)).order_by(Relation.id)
    return (await session.scalars(wanted.execution_options(populate_existing=True))).all()


async def members_on(
    session: AsyncSession, footprints: Collection[UUID], day: date
) -> set[tuple[UUID, UUID]]:
    """The members of footprints on a day that are open on the next: (organisation, footprint)."""
    wanted = (
        select(Relation.from_id, Relation.to_id)
        .join(Body, Body.id == Relation.from_id)
        .where(Relation.to_id.in_(footprints), Relation.kind == "member_of")
        .where(is_in_force(Relation, day, NOW), is_open_on(day + timedelta(days=1)))
    )
    return {(organisation, footprint) for organisation, footprint in await session.execute(wanted)}


async def joined_by(
    session: AsyncSession, organisations: Collection[UUID], day: date
) -> list[tuple[UUID, UUID, date | None]]:
    """To which footprints organisations belong on a day: (organisation, footprint, since when)."""
    wanted = (
        select(Relation.from_id, Relation.to_id, Relation.valid_from)
        .join(Body, Body.id == Relation.to_id)
        .where(Relation.from_id.in_(organisations), Relation.kind == "member_of", Body.is_footprint)
        .where(is_in_force(Relation, day, NOW))
    )
    return [(row[0], row[1], row[2]) for row in await session.execute(wanted)]


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
