"""Editions of the boundaries, and the footprints in each."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.ledger.views import NOW, is_in_force, is_said
from services.registry.models import Body, Boundary

STARTS = func.min(Boundary.valid_from)


async def editions(session: AsyncSession, day: date | None = None) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return all editions, the oldest first; or those that held on a day."""
    ends = case((func.bool_or(Boundary.valid_to.is_(None)), None), else_=func.max(Boundary.valid_to))
    wanted = (
        select(
            Boundary.edition,
            func.count().label("features"),
            STARTS.label("valid_from"),
            ends.label("valid_to"),
        )
        .join(Body, Body.id == Boundary.body_id)
        .where(is_said(Boundary, NOW), Body.withdrawn_at.is_(None))
        .group_by(Boundary.edition)
        .order_by(STARTS)
    )
    if day:
        wanted = wanted.having(func.bool_or(is_in_force(Boundary, day, NOW)))
    return (await session.execute(wanted)).all()


async def footprints_of(session: AsyncSession, edition: str) -> Sequence[UUID]:
    """Return the ids of the footprints of an edition."""
    wanted = select(Boundary.body_id).join(Body, Body.id == Boundary.body_id)
    wanted = wanted.where(Boundary.edition == edition, is_said(Boundary, NOW), Body.withdrawn_at.is_(None))
    return (await session.scalars(wanted.order_by(Boundary.body_id))).all()


async def editions_of(session: AsyncSession, footprint: UUID) -> Sequence[Row[str, date | None]]:
    """Return the editions that a footprint is in, each with its first day for it."""
    wanted = select(Boundary.edition, Boundary.valid_from).where(Boundary.body_id == footprint)
    return (await session.execute(wanted.where(is_said(Boundary, NOW)).order_by(Boundary.valid_from))).all()
