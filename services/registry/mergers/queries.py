"""Declared mergers, and what is known of the bodies that they are about."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Row, Select, and_, cast, func, or_, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import SUCCESSIONS
from services.registry.ledger.views import NOW, is_in_force, is_open_on, is_said
from services.registry.mergers.models import Merger
from services.registry.models import Body, BodyCode, BodyName, Boundary, LegalForm, Relation

FACTS: Mapping[str, type[Any]] = {
    model.__tablename__: model for model in (BodyName, BodyCode, LegalForm, Boundary, Relation)
}
Codes = Collection[tuple[str, str]]


async def one_at_a_time(session: AsyncSession) -> None:
    """Wait until nobody else declares, corrects or withdraws a merger."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('registry mergers'))"))


async def hold_codes(session: AsyncSession, codes: Codes) -> None:
    """Wait until nobody else registers a body with one of these codes."""
    for scheme, code in sorted(codes):
        lock = text("SELECT pg_advisory_xact_lock(hashtext(:code))").bindparams(code=f"code {scheme}:{code}")
        await session.execute(lock)


async def taken(
    session: AsyncSession, codes: Codes, day: date, own: Collection[UUID]
) -> set[tuple[str, str]]:
    """Return those of these codes that another body has on a day or later."""
    held = select(BodyCode.scheme, BodyCode.code).join(Body, Body.id == BodyCode.body_id)
    wanted = held.where(
        tuple_(BodyCode.scheme, BodyCode.code).in_(codes), is_said(BodyCode, NOW),
        Body.withdrawn_at.is_(None),
        or_(BodyCode.valid_to.is_(None), BodyCode.valid_to >= day), Body.id.not_in(own),
    )  # fmt: skip
    return {(row.scheme, row.code) for row in await session.execute(wanted)}


async def edition_starts(session: AsyncSession, edition: str) -> set[date]:
    """Return the days on which an edition starts."""
    wanted = select(Boundary.valid_from).join(Body, Body.id == Boundary.body_id)
    known = wanted.where(Boundary.edition == edition, is_said(Boundary, NOW), Body.withdrawn_at.is_(None))
    return {each for each in await session.scalars(known.distinct()) if each}


async def regions_of(session: AsyncSession, ids: Collection[UUID], day: date) -> dict[UUID, UUID]:
    """Return the region that encloses each of these footprints on a day."""
    wanted = (
        select(Relation.to_id, Relation.from_id)
        .join(Body, Body.id == Relation.from_id)
        .where(Relation.to_id.in_(ids), Relation.kind == "encloses", Body.kind == "nhs_region")
        .where(is_in_force(Relation, day, NOW))
    )
    return dict((await session.execute(wanted)).all())


async def regions_by_name(session: AsyncSession, day: date) -> dict[str, UUID]:
    """Return the regions of NHS England by their names."""
    wanted = select(BodyName.name, Body.id).join(Body, Body.id == BodyName.body_id)
    found = await session.execute(wanted.where(Body.kind == "nhs_region", is_in_force(BodyName, day, NOW)))
    return {name.removeprefix("NHS England "): region for name, region in found}


async def locked(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID, Body]:
    """Return bodies, locked."""
    wanted = select(Body).where(Body.id.in_(ids)).order_by(Body.id).with_for_update(key_share=True)
    found = await session.scalars(wanted.execution_options(populate_existing=True))
    return {each.id: each for each in found}


async def facts_from(
    session: AsyncSession, ids: Collection[UUID], day: date, *models: type[Any]
) -> list[Any]:
    """Return what is said of these bodies for a day or later."""
    found: list[Any] = []
    for model in models:
        wanted = select(model).where(model.body_id.in_(ids), lasting(model, day)).order_by(model.id)
        found += (await session.scalars(wanted)).all()
    return found


def lasting(fact: Any, day: date) -> Any:
    """Hold for the facts that are said for a day or later."""
    return and_(is_said(fact, NOW), or_(fact.valid_to.is_(None), fact.valid_to >= day))


async def related_from(session: AsyncSession, ids: Collection[UUID], day: date) -> set[UUID]:
    """Return the bodies at both ends of these bodies' relations on a day or later, save successions."""
    wanted = select(Relation.from_id, Relation.to_id).where(
        or_(Relation.from_id.in_(ids), Relation.to_id.in_(ids)),
        Relation.kind.not_in(SUCCESSIONS),
        lasting(Relation, day),
    )
    return {end for row in await session.execute(wanted.distinct()) for end in row}


async def relations_from(session: AsyncSession, ids: Collection[UUID], day: date) -> Sequence[Relation]:
    """Return which relations other than successions these bodies have on a day or later."""
    wanted = select(Relation).where(
        or_(Relation.from_id.in_(ids), Relation.to_id.in_(ids)),
        Relation.kind.not_in(SUCCESSIONS),
        lasting(Relation, day),
    )
    found = await session.scalars(wanted.order_by(Relation.id).execution_options(populate_existing=True))
    return found.all()


async def relations_said(session: AsyncSession, ids: Collection[UUID]) -> Sequence[Relation]:
    """Return all relations that are said of bodies."""
    wanted = select(Relation).where(
        or_(Relation.from_id.in_(ids), Relation.to_id.in_(ids)), is_said(Relation, NOW)
    )
    found = await session.scalars(wanted.order_by(Relation.id).execution_options(populate_existing=True))
    return found.all()


async def rows_of(session: AsyncSession, table: str, ids: Collection[int]) -> Sequence[Any]:
    """Return the rows of a table of facts with these ids."""
    model = FACTS[table]
    wanted = select(model).where(model.id.in_(ids)).order_by(model.id)
    return (await session.scalars(wanted.execution_options(populate_existing=True))).all()


async def members_on(
    session: AsyncSession, footprints: Collection[UUID], day: date
) -> set[tuple[UUID, UUID]]:
    """Return who belongs to footprints on a day and is open on the next: (organisation, footprint)."""
    wanted = (
        select(Relation.from_id, Relation.to_id)
        .join(Body, Body.id == Relation.from_id)
        .where(Relation.to_id.in_(footprints), Relation.kind == "member_of", is_in_force(Relation, day, NOW))
        .where(is_open_on(day + timedelta(days=1)))
    )
    return {(row.from_id, row.to_id) for row in await session.execute(wanted)}


async def joined_by(
    session: AsyncSession, organisations: Collection[UUID], day: date
) -> Sequence[Row[UUID, UUID, date | None]]:
    """Return to which footprints organisations belong on a day, and since when."""
    wanted = (
        select(Relation.from_id, Relation.to_id, Relation.valid_from)
        .join(Body, Body.id == Relation.to_id)
        .where(Relation.from_id.in_(organisations), Relation.kind == "member_of", Body.is_footprint)
        .where(is_in_force(Relation, day, NOW))
    )
    return (await session.execute(wanted)).all()


def on(moment: Any) -> Any:
    """Return the day of a moment in England."""
    return cast(func.timezone("Europe/London", moment), Date)


def mergers_on(day: date, state: str | None) -> Select[Merger]:
    """Select the mergers that had been declared by a day, in the state that they were in then."""
    gone = on(Merger.withdrawn_at) <= day
    states = {
        "withdrawn": gone,
        "declared": and_(gone.is_not(True), Merger.effective_on > day),
        "in_force": and_(gone.is_not(True), Merger.effective_on <= day),
    }
    wanted = select(Merger).where(on(Merger.declared_at) <= day)
    return wanted.where(states[state]) if state else wanted


async def due(session: AsyncSession, day: date) -> Sequence[Merger]:
    """Return the mergers whose day has come and that have not been told of, locked."""
    wanted = select(Merger).where(
        Merger.told_at.is_(None), Merger.withdrawn_at.is_(None), Merger.effective_on <= day
    )
    found = await session.scalars(wanted.order_by(Merger.effective_on, Merger.id).with_for_update())
    return found.all()
