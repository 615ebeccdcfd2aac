"""What is said of one body, read under its lock so that it can be changed."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.bodies.queries import SUCCESSIONS
from services.registry.bodies.slots import Slot
from services.registry.ledger.views import NOW, is_said
from services.registry.models import (
    Appointment,
    Body,
    BodyCode,
    BodyName,
    Boundary,
    Contact,
    Dated,
    LegalForm,
    Relation,
)


async def related_to(session: AsyncSession, body_id: UUID) -> set[UUID]:
    """Return the bodies with relations that lead to a body and can end with it."""
    wanted = select(Relation.from_id).where(
        Relation.to_id == body_id, Relation.kind.not_in(SUCCESSIONS), is_said(Relation, NOW)
    )
    return set(await session.scalars(wanted.distinct()))


async def facts(session: AsyncSession, body_id: UUID, slot: Slot) -> Sequence[Dated]:
    """Return what is said of a body in a slot, in the order of days."""
    wanted = select(slot.model).where(slot.model.body_id == body_id, is_said(slot.model, NOW))
    if slot.scheme:
        wanted = wanted.where(slot.model.scheme == slot.scheme)
    found = await session.scalars(wanted.order_by(slot.model.valid_from.nulls_first(), slot.model.id))
    return found.all()


async def all_facts(session: AsyncSession, body_id: UUID) -> list[Dated]:
    """Return all that is said of a body itself."""
    models: tuple[Any, ...] = (BodyName, BodyCode, LegalForm, Boundary)
    found = [
        await session.scalars(select(m).where(m.body_id == body_id, is_said(m, NOW)).order_by(m.id))
        for m in models
    ]
    return [row for rows in found for row in rows]


async def all_relations(session: AsyncSession, body_id: UUID) -> list[Relation]:
    """Return the relations of a body, and those that lead to it, save its successions."""
    wanted = select(Relation).where(or_(Relation.from_id == body_id, Relation.to_id == body_id))
    wanted = wanted.where(Relation.kind.not_in(SUCCESSIONS), is_said(Relation, NOW)).order_by(Relation.id)
    return list(await session.scalars(wanted))


async def lock_code(session: AsyncSession, scheme: str, code: str) -> None:
    """Wait for whoever else is about to give somebody this code."""
    lock = text("SELECT pg_advisory_xact_lock(hashtext(:code))").bindparams(code=f"code {scheme}:{code}")
    await session.execute(lock)


async def holder_of(
    session: AsyncSession, scheme: str, code: str, since: date, until: date | None, but: UUID | None = None
) -> UUID | None:
    """Return another body that has a code on any day of a period, if there is one."""
    held = (
        select(BodyCode.body_id)
        .join(Body, Body.id == BodyCode.body_id)
        .where(
            BodyCode.scheme == scheme,
            BodyCode.code == code,
            is_said(BodyCode, NOW),
            Body.withdrawn_at.is_(None),
        )
        .where(or_(BodyCode.valid_to.is_(None), BodyCode.valid_to >= since))
        .where(or_(BodyCode.valid_from.is_(None), BodyCode.valid_from <= (until or date.max)))
    )
    return await session.scalar((held.where(Body.id != but) if but else held).limit(1))


async def openings(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID | None, date]:
    """Return when bodies opened, as far as that is known."""
    found = await session.execute(select(Body.id, Body.opened_on).where(Body.id.in_(ids)))
    return {body: day for body, day in found if day}


async def closings(session: AsyncSession, ids: Collection[UUID]) -> dict[UUID | None, date]:
    """Return the last days of the bodies that close."""
    found = await session.execute(select(Body.id, Body.closed_on).where(Body.id.in_(ids)))
    return {body: day for body, day in found if day}


async def succession_of(session: AsyncSession, body_id: UUID) -> date | None:
    """Return the first day of a body's successors, if they are declared."""
    wanted = select(func.min(Relation.valid_from)).where(
        Relation.from_id == body_id, Relation.kind == "succeeded_by", is_said(Relation, NOW)
    )
    return await session.scalar(wanted)


async def is_successor_from(session: AsyncSession, body_id: UUID, day: date | None) -> bool:
    """Tell whether a body took over from another on a day."""
    wanted = select(Relation.id).where(
        Relation.to_id == body_id,
        Relation.kind == "succeeded_by",
        Relation.valid_from == day,
        is_said(Relation, NOW),
    )
    return await session.scalar(wanted.limit(1)) is not None


async def contacts_left(session: AsyncSession, body_id: UUID, day: date) -> dict[str, int]:
    """Count the appointments and the contacts of a body that do not end by a day."""
    held = select(func.count()).where(
        Appointment.body_id == body_id,
        is_said(Appointment, NOW),
        func.coalesce(Appointment.held_to, date.max) > day,
    )
    reached = select(func.count()).where(
        Contact.body_id == body_id, is_said(Contact, NOW), func.coalesce(Contact.ended_on, date.max) > day
    )
    row = (await session.execute(select(held.scalar_subquery(), reached.scalar_subquery()))).one()
    return {"appointment": row[0], "contact": row[1]}
