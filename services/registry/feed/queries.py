"""Changes in the order of their positions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.models import Body, Change

# The clocks of several processes differ a little: the first change of a time is looked for among as many.
NEIGHBOURS = 100


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes are asked for."""

    footprint: UUID | None = None
    record: UUID | None = None
    types: tuple[str, ...] = ()

    def select(self) -> Select[*tuple[Any, ...]]:
        """Select these changes, each with the kind of its record."""
        found = select(*Change.__table__.c, Body.kind).outerjoin(Body, Body.id == Change.record_id)
        if self.footprint:
            concerned = Change.footprints.bool_op("@>")([self.footprint])
            found = found.where(or_(concerned, Change.record_id == self.footprint))
        if self.record:
            found = found.where(Change.record_id == self.record)
        return found.where(Change.type.in_(self.types)) if self.types else found


async def first_at(session: AsyncSession, at: datetime) -> int | None:
    """The position of the first change since an instant, if there was one."""
    since = select(Change.position).where(Change.at >= at).order_by(Change.at).limit(NEIGHBOURS).subquery()
    found: int | None = await session.scalar(select(func.min(since.c.position)))
    return found


def between(after: int, up_to: int, wanted: Wanted, limit: int) -> Select[*tuple[Any, ...]]:
    """Select the changes after a position up to another, the oldest first."""
    found = wanted.select().where(Change.position > after, Change.position <= up_to)
    return found.order_by(Change.position).limit(limit)


def latest(wanted: Wanted, limit: int) -> Select[*tuple[Any, ...]]:
    """Select the newest changes, the newest first."""
    return wanted.select().order_by(Change.position.desc()).limit(limit)
