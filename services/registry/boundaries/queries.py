"""Statements that find the editions of the boundaries, and the footprints in each."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import NOW, Edition, is_in_force, is_said
from services.registry.models import Body, Boundary


class EditionSpan(NamedTuple):
    """An edition, how many footprints it has, and its first and last day."""

    edition: Edition
    features: int
    valid_from: date
    valid_to: date | None


async def find_editions(
    session: AsyncSession, *, day: date | None = None, footprint: UUID | None = None
) -> list[EditionSpan]:
    """Editions, the oldest first: all of them, those in force on a day, or those of one footprint."""
    starts = func.min(Boundary.valid_from)
    ends = case((func.bool_or(Boundary.valid_to.is_(None)), None), else_=func.max(Boundary.valid_to))
    found = (
        select(Boundary.edition, func.count(), starts, ends)
        .join(Body, Body.id == Boundary.body_id)
        .where(is_said(Boundary, NOW), Body.withdrawn_at.is_(None))
        .group_by(Boundary.edition)
        .order_by(starts)
    )
    if day:
        found = found.having(func.bool_or(is_in_force(Boundary, day, NOW)))
    if footprint:
        found = found.where(Boundary.body_id == footprint)
    return [EditionSpan._make(row) for row in await session.execute(found)]


async def find_footprints_in(session: AsyncSession, edition: Edition) -> Sequence[UUID]:
    """The ids of the footprints of an edition."""
    found = select(Boundary.body_id).join(Body, Body.id == Boundary.body_id)
    found = found.where(Boundary.edition == edition, is_said(Boundary, NOW), Body.withdrawn_at.is_(None))
    return (await session.scalars(found.order_by(Boundary.body_id))).all()
