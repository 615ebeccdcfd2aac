"""Whom a directory lists, some hundred at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.footprints.queries import members_on
from services.registry.ledger.views import View, is_open_on
from services.registry.models import Body


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which bodies are listed, and on which day."""

    day: date
    kinds: tuple[str, ...] = ()
    footprint: UUID | None = None


async def some(session: AsyncSession, wanted: Wanted, after: UUID | None, count: int) -> Sequence[UUID]:
    """Return the ids of the bodies that follow one in the directory.

    A footprint that is named is listed also when it had closed.
    """
    found = select(Body.id)
    if wanted.kinds or not wanted.footprint:
        found = found.where(is_open_on(wanted.day))
    found = found.where(Body.kind.in_(wanted.kinds) if wanted.kinds else Body.is_footprint)
    if wanted.footprint:
        own = Body.id == wanted.footprint
        inside = Body.id.in_(members_on(wanted.footprint, View(wanted.day)))
        found = found.where(or_(own, inside) if wanted.kinds else own)
    if after:
        found = found.where(Body.id > after)
    return (await session.scalars(found.order_by(Body.id).limit(count))).all()
